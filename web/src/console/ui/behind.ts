import type { operations } from '../../api/schema'

type Query = NonNullable<operations['list-obligations']['parameters']['query']>

/** Filters of a worklist that is the list behind a number of the supervision page; they live in the URL. */
export const behindNames = ['key', 'unit', 'exact', 'due', 'result', 'rung', 'followed', 'from', 'to'] as const

export type Behind = Partial<Record<(typeof behindNames)[number] | 'town' | 'post', string>>

/** Whether the filters in the URL are those of a list behind a number. */
export function isBehind(of: Behind): boolean {
  return !!(of.due || of.unit || of.result || of.rung)
}

/** The filters as the API asks for them. */
export function behindQuery(of: Behind): Partial<Query> {
  if (!isBehind(of)) return {}
  return {
    key: of.key,
    unit: of.unit,
    exact: of.exact === '1' || undefined,
    due: of.due as Query['due'],
    result: of.result as Query['result'],
    rung: of.rung,
    followed: of.followed as Query['followed'],
    from: of.from,
    to: of.to,
  }
}

/** The address of a list of obligations in my area. */
export function worklistOf(filters: Behind): string {
  const search = new URLSearchParams({ whose: 'area' })
  for (const [name, value] of Object.entries(filters)) if (value) search.set(name, value)
  return `/?${search.toString()}`
}

/** The address of a list of cases. */
export function casesOf(filters: Record<string, string | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) if (value) search.set(name, value)
  return `/cases?${search.toString()}`
}
