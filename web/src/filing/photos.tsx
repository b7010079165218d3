import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey, Problem } from '../api/client'
import { comesBack, pauseAfter } from './send'

/** As many as the server takes of a report (api/files.go). */
const most = 9
/** Bytes of one, as the server takes them. */
const largest = 10 << 20
/** Pixels of the longest side that the server keeps: more need not travel over a phone's network. */
const longest = 2560

export interface Photo {
  id: string
  file: Blob
  url: string
  /** Queued and waiting ones go by themselves; chosen ones when it is said. */
  state: 'chosen' | 'queued' | 'sending' | 'waiting' | 'sent' | 'failed'
  problem?: string
}

/** Draws a photo anew, smaller and without where and by what it was taken; as it is where the browser cannot read it. */
async function lighter(file: File): Promise<Blob> {
  try {
    const image = await createImageBitmap(file)
    const scale = Math.min(1, longest / Math.max(image.width, image.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(image.width * scale)
    canvas.height = Math.round(image.height * scale)
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    image.close()
    return (await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85))) ?? file
  } catch {
    return file
  }
}

/** Sends one photo by the 查询码. */
async function put(code: string, photo: Photo, language: string) {
  const form = new FormData()
  form.append('code', code)
  form.append('photo', photo.file, 'photo.jpg')
  let response: Response
  try {
    response = await fetch('/api/v1/receipts/photos', { method: 'POST', body: form, credentials: 'omit', headers: { 'Idempotency-Key': photo.id, 'Accept-Language': language } })
  } catch {
    throw new Problem('offline', 0, '')
  }
  if (response.ok) return
  const body = (await response.json().catch(() => ({}))) as { code?: string; title?: string; detail?: string; errors?: { message: string }[] }
  throw new Problem(body.code ?? 'unexpected', response.status, [body.title, body.errors?.[0]?.message ?? body.detail].filter(Boolean).join(' '), '', [], undefined, Number(response.headers.get('Retry-After')) || undefined)
}

/** Photos that wait in the tab until they are sent by a 查询码, one after the other: what is added later waits to be sent again. */
export function usePhotos() {
  const { i18n } = useTranslation()
  const [photos, setPhotos] = useState<Photo[]>([])
  const [code, setCode] = useState('')
  const busy = useRef(false)
  const shown = useRef<string[]>([])
  useEffect(() => () => shown.current.forEach((url) => URL.revokeObjectURL(url)), [])

  const change = useCallback((id: string, to: Partial<Photo>) => setPhotos((all) => all.map((p) => (p.id === id ? { ...p, ...to } : p))), [])

  const add = useCallback(async (files: File[]): Promise<'tooMany' | 'tooLarge' | undefined> => {
    let fault: 'tooMany' | 'tooLarge' | undefined
    const chosen: Photo[] = []
    for (const file of files) {
      const light = await lighter(file)
      if (light.size > largest) {
        fault = 'tooLarge'
        continue
      }
      const url = URL.createObjectURL(light)
      shown.current.push(url)
      chosen.push({ id: newKey(), file: light, url, state: 'chosen' })
    }
    setPhotos((all) => [...all, ...chosen].slice(0, most))
    return fault
  }, [])
  const remove = useCallback((id: string) => setPhotos((all) => all.filter((p) => p.id !== id)), [])
  const clear = useCallback(() => {
    for (const url of shown.current.splice(0)) URL.revokeObjectURL(url)
    setPhotos([])
  }, [])
  const again = useCallback(() => setPhotos((all) => all.map((p) => (p.state === 'failed' ? { ...p, state: 'queued', problem: undefined } : p))), [])
  const send = useCallback((by: string) => {
    setCode(by)
    setPhotos((all) => all.map((p) => (p.state === 'chosen' ? { ...p, state: 'queued' } : p)))
  }, [])

  // The next one goes as soon as there is a code and none is under way; without a network it waits for it.
  useEffect(() => {
    const next = photos.find((p) => p.state === 'queued')
    if (!code || !next || busy.current) return
    busy.current = true
    const deliver = async () => {
      for (let tries = 0; ; tries++) {
        change(next.id, { state: 'sending' })
        try {
          await put(code, next, i18n.language)
          return change(next.id, { state: 'sent' })
        } catch (error) {
          const problem = error as Problem
          if (!comesBack(problem)) return change(next.id, { state: 'failed', problem: problem.title })
          change(next.id, { state: 'waiting' })
          await new Promise<void>((resolve) => {
            setTimeout(resolve, pauseAfter(problem, tries) * 1_000)
            window.addEventListener('online', () => resolve(), { once: true })
          })
        }
      }
    }
    void deliver().finally(() => {
      busy.current = false
      setPhotos((all) => [...all])
    })
  }, [photos, code, change, i18n.language])

  const pending = photos.some((p) => p.state !== 'sent' && p.state !== 'failed')
  return { photos, add, remove, clear, again, send, pending, full: photos.length >= most }
}

export type Photos = ReturnType<typeof usePhotos>

/** Chooses photos, with what must not be photographed, and shows how far their sending is; with a code, sends them on a press. */
export function PhotoPicker({ of, careful, code }: { of: Photos; careful: boolean; code?: string }) {
  const { t } = useTranslation('filing')
  const [fault, setFault] = useState<'tooMany' | 'tooLarge'>()
  const [busy, setBusy] = useState(false)
  const sent = of.photos.filter((p) => p.state === 'sent').length
  const failed = of.photos.some((p) => p.state === 'failed')
  async function chosen(files: FileList | null) {
    if (!files) return
    const list = [...files]
    setBusy(true)
    setFault((await of.add(list)) ?? (of.photos.length + list.length > most ? 'tooMany' : undefined))
    setBusy(false)
  }
  return (
    <section className="photos" aria-label={t('photos.title')}>
      <h3>{t('photos.title')} <span className="may">{t('optional')}</span></h3>
      <p className={careful ? 'careful' : 'hint'}>{t(careful ? 'photos.never' : 'photos.guide')} {t(code ? 'photos.press' : 'photos.auto')}</p>
      {of.photos.length > 0 && (
        <ul className="thumbs">
          {of.photos.map((p, i) => (
            <li key={p.id}>
              <img src={p.url} alt={t('photos.nth', { n: i + 1 })} />
              <span className={`photo-state ${p.state}`}>{t(`photos.state.${p.state}`)}</span>
              {p.problem && <span className="fault">{p.problem}</span>}
              {(p.state === 'chosen' || p.state === 'failed') && <button type="button" className="small" aria-label={t('photos.drop', { n: i + 1 })} onClick={() => of.remove(p.id)}>{t('photos.remove')}</button>}
            </li>
          ))}
        </ul>
      )}
      {!of.full && (
        <label className={busy ? 'add busy' : 'add'}>
          <input type="file" accept="image/jpeg,image/png,image/webp" multiple disabled={busy} onChange={(e) => { void chosen(e.target.files); e.target.value = '' }} />
          {t(busy ? 'photos.reading' : 'photos.add')}
        </label>
      )}
      {fault && <p className="fault" role="alert">{t(`photos.${fault}`)}</p>}
      {code && of.photos.some((p) => p.state === 'chosen') && <button type="button" className="primary" onClick={() => of.send(code)}>{t('photos.send')}</button>}
      {sent > 0 && <p role="status">{t('photos.progress', { sent, all: of.photos.length })}</p>}
      {failed && <button type="button" onClick={of.again}>{t('photos.again')}</button>}
    </section>
  )
}
