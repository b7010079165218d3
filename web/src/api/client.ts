import createClient, { type Middleware } from 'openapi-fetch'
import i18next from 'i18next'

import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** What the server says is wrong (RFC 9457), or that it cannot be reached (code `offline`). */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string,
    readonly detail = '',
    readonly errors: Schemas['FieldFault'][] = [],
    readonly body?: Schemas['Problem'],
    /** Seconds until it may be asked again, where the server says so. */
    readonly retryAfter?: number,
  ) {
    super(title)
  }
}

/** Asks for answers in the language of the screen. */
export const language: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', i18next.language || 'zh-CN')
    return request
  },
}

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' })
api.use(language)

// What the server answers where somebody has to sign in, or further in, before anything else.
const doors = new Set(['sign_in_needed', 'second_factor_needed', 'password_change_needed', 'second_factor_enrolment_needed'])
const outside = new Set<() => void>()

/** Tells whenever an answer says that nobody is signed in any more. */
export function onSignInNeeded(tell: () => void) {
  outside.add(tell)
}

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Gives the body of an answer, or throws a Problem. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  let result: Answer<T>
  try {
    result = await answer
  } catch {
    throw new Problem('offline', 0, i18next.t('common:problem.offline'))
  }
  if (!result.response.ok) {
    const problem = problemOf(result.error, result.response)
    if (doors.has(problem.code)) for (const tell of outside) tell()
    throw problem
  }
  return result.data as T
}

function problemOf(body: unknown, { status, headers }: Response): Problem {
  const p = body as Schemas['Problem'] | undefined
  const retryAfter = Number(headers.get('Retry-After')) || undefined
  if (p && typeof p === 'object' && 'code' in p) return new Problem(p.code, status, p.title, p.detail, p.errors ?? [], p, retryAfter)
  return new Problem('unexpected', status, i18next.t('common:problem.unexpected', { status }))
}

/** A new Idempotency-Key: one for each thing meant, the same for its retries. */
export function newKey(): string {
  return crypto.randomUUID()
}
