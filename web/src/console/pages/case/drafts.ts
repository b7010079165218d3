import { useSyncExternalStore } from 'react'

import { hold } from '../../../unsaved'

/** What was typed into a form: fields by name as the inputs hold them, and beside them who is recorded for. */
export interface Values {
  fields?: Record<string, unknown>
  proxy?: boolean
  for?: string
  via?: string
  occurred_at?: unknown
  post?: string
}

/** A form that was begun. It lives in this tab's memory: closing the drawer keeps it; what was refused the server keeps too. */
export interface Draft {
  values: Values
  /** The state of the case that it was filled against. */
  base: number
  /** One for each thing meant, the same for its retries. */
  key: string
  /** Something was typed. */
  dirty: boolean
  /** The command that it became, accepted and not done yet: 待执行. */
  accepted?: string
}

/** Of which form of a case: a step, and what it is about where a case has several of it (task 1, task 2). */
export interface Place {
  case: string
  step: string
  about: string
}

const drafts = new Map<string, { at: Place; draft: Draft }>()
const listeners = new Set<() => void>()
let author = ''

const keyOf = (at: Place) => JSON.stringify([at.case, at.step, at.about])

function tell() {
  for (const listener of listeners) listener()
}

function listen(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const begun = (d: Draft) => d.dirty && !d.accepted

// Leaving the page keeps them; closing the tab or signing out does not.
hold('drafts', () => ([...drafts.values()].some(({ draft }) => begun(draft)) ? 'tab' : undefined))

/** What a form is about, by what was filled in for it: which task, proposal, obligation. */
export function aboutOf(preset: Record<string, unknown> = {}): string {
  return Object.values(preset).filter((v) => v !== undefined && v !== null).map(String).join('/')
}

/** The begun form of a place, if there is one. Another person at the same tab finds none. */
export function draftOf(person: string, at: Place): Draft | undefined {
  if (author !== person) {
    drafts.clear()
    author = person
  }
  return drafts.get(keyOf(at))?.draft
}

export function keepDraft(at: Place, draft: Draft) {
  drafts.set(keyOf(at), { at, draft })
  tell()
}

export function dropDraft(at: Place) {
  drafts.delete(keyOf(at))
  tell()
}

/** Whether a form has something typed and not sent. */
export function useBegun(): (at: Place) => boolean {
  useSyncExternalStore(listen, () => [...drafts].filter(([, { draft }]) => begun(draft)).map(([key]) => key).join(' '))
  return (at) => {
    const kept = drafts.get(keyOf(at))?.draft
    return !!kept && begun(kept)
  }
}

/** The forms of a case that were accepted and are not done yet. */
export function useAccepted(id: string): { at: Place; draft: Draft }[] {
  useSyncExternalStore(listen, () => [...drafts].filter(([, { at, draft }]) => at.case === id && draft.accepted).map(([key, { draft }]) => key + draft.accepted).join(' '))
  return [...drafts.values()].filter(({ at, draft }) => at.case === id && draft.accepted)
}
