import i18next from 'i18next'

import { Problem, type Schemas } from '../../../../api/client'

/** The most bytes that the server takes of an image and of a PDF. */
export const mostImage = 10 * 1024 * 1024
export const mostPDF = 20 * 1024 * 1024
export const accepted = 'image/jpeg,image/png,image/webp,application/pdf'

/** What is wrong with a file before it is sent: a word of panels:files.refused; undefined if nothing is. */
export function refusal(file: File): 'heic' | 'type' | 'large' | undefined {
  if (/\.hei[cf]$/i.test(file.name) || /hei[cf]/.test(file.type)) return 'heic'
  if (file.type && !accepted.split(',').includes(file.type)) return 'type'
  return file.size > (file.type === 'application/pdf' ? mostPDF : mostImage) ? 'large' : undefined
}

/** Sends a file of a case and tells how much has gone, in percent. fetch does not tell that. */
export function send(id: string, key: string, file: File, fields: Record<string, string>, told: (percent: number) => void): Promise<Schemas['CaseFile']> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) if (value) form.set(name, value)
  form.set('file', file)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1/cases/${id}/files`)
    request.setRequestHeader('Idempotency-Key', key)
    request.setRequestHeader('Accept-Language', i18next.language)
    request.responseType = 'json'
    request.upload.addEventListener('progress', (e) => told(Math.round((100 * e.loaded) / Math.max(1, e.total))))
    request.addEventListener('error', () => reject(new Problem('offline', 0, i18next.t('common:problem.offline'))))
    request.addEventListener('load', () => {
      if (request.status < 300) return resolve(request.response as Schemas['CaseFile'])
      const p = request.response as Schemas['Problem'] | null
      return reject(new Problem(p?.code ?? 'unexpected', request.status, p?.title ?? i18next.t('common:problem.unexpected', { status: request.status }), p?.detail))
    })
    request.send(form)
  })
}
