import { useSyncExternalStore } from 'react'

/** What was typed into a form: fields by name as the inputs hold them, and beside them who is recorded for. */
export interface Values {
  fields?: Record<string, unknown>
  proxy?: boolean
  for?: string
  via?: string
  occurred_at?: unknown
  post?: string
}

/** A form that was begun. It lives in this tab's memory only: closing the drawer keeps it, closing the tab does not. */
export interface Draft {
  values: Values
  /** The state of the case that it was filled against. */
  base: number
  /** One for each thing meant, the same for its retries. */
  key: string
  /** Something was typed. */
  dirty: boolean
}

const drafts = new Map<string, Draft>()
const listeners = new Set<() => void>()
let author = ''

function tell() {
  for (const listener of listeners) listener()
}

function listen(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The tab warns before it is closed with something typed and not sent. */
window.addEventListener('beforeunload', (event) => {
  if ([...drafts.values()].some((d) => d.dirty)) event.preventDefault()
})

/** The begun form of a step in a case, if there is one. Another person at the same tab finds none. */
export function draftOf(person: string, id: string, step: string): Draft | undefined {
  if (author !== person) {
    drafts.clear()
    author = person
  }
  return drafts.get(`${id}/${step}`)
}

export function keepDraft(id: string, step: string, draft: Draft) {
  drafts.set(`${id}/${step}`, draft)
  tell()
}

export function dropDraft(id: string, step: string) {
  drafts.delete(`${id}/${step}`)
  tell()
}

/** Whether a step has a form with something typed and not sent. */
export function useBegun(): (id: string, step: string) => boolean {
  useSyncExternalStore(listen, () => [...drafts].filter(([, d]) => d.dirty).map(([key]) => key).join(' '))
  return (id, step) => !!drafts.get(`${id}/${step}`)?.dirty
}
