import createClient from 'openapi-fetch'

import { ask, language, type Schemas } from '../api/client'
import type { paths } from '../api/schema'

// Nobody is known here: also where somebody is signed in at the console, their cookie does not travel with a report.
const api = createClient<paths>({ baseUrl: '', credentials: 'omit' })
api.use(language)

export const file = (body: Schemas['ReportBody'], key: string) => ask(api.POST('/api/v1/reports', { params: { header: { 'Idempotency-Key': key } }, body }))

export const directory = () => ask(api.GET('/api/v1/directory'))

export const lookUp = (code: string) => ask(api.POST('/api/v1/receipts/lookup', { body: { code } }))

export interface Line {
  code: string
  text: string
  unresolved: boolean
}

export const write = (line: Line, key: string) => ask(api.POST('/api/v1/receipts/messages', { params: { header: { 'Idempotency-Key': key } }, body: { code: line.code, text: line.text || undefined, unresolved: line.unresolved || undefined } }))
