import type { Schemas } from '../../../api/client'

export type Light = 'green' | 'yellow' | 'red'

/** A line of the health page. Its words: health:rows.<name>. */
export interface Row {
  name: string
  light: Light
  count?: number
  seconds?: number
  /** A time; empty: never. */
  at?: string
  word?: 'up' | 'down'
  text?: string
  /** A second number. */
  more?: number
  detail?: string[]
  since?: { word: 'horizon' | 'restored'; at: string }
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** The limit from which a number is yellow, and the one from which it is red. */
function above(value: number, yellow: number, red: number): Light {
  return value >= red ? 'red' : value >= yellow ? 'yellow' : 'green'
}

/** What each count says: the limits are those of docs/operations.md, in one place. now is in milliseconds. */
export function judge(h: Schemas['Counts'], now: number): Row[] {
  const age = (at?: string) => (at ? (now - Date.parse(at)) / 1000 : Number.MAX_VALUE)
  const calendarEnds = h.calendar_to ? (Date.parse(h.calendar_to) - now) / 1000 : 0
  const builds = new Set(h.workers.map((w) => w.build ?? ''))
  return [
    { name: 'engine', word: h.engine ? 'up' : 'down', light: h.engine ? 'green' : 'red' },
    // A report waits a moment for its own job; more than a few, or any with the engine away, wants a person.
    { name: 'reports', count: h.reports_without_workflow, light: above(h.reports_without_workflow, 1, h.engine ? 20 : 1) },
    { name: 'facts', count: h.unapplied_facts, light: h.unapplied_facts ? above(h.oldest_fact_seconds, minute, 10 * minute) : 'green' },
    { name: 'commands', count: h.pending_commands, light: above(h.pending_commands, 1, 20) },
    { name: 'outbox', seconds: h.oldest_job_seconds, more: h.jobs_waiting, light: above(h.oldest_job_seconds, minute, 10 * minute) },
    { name: 'failedJobs', count: h.failed_jobs, light: above(h.failed_jobs, 1, 20) },
    // Reminders that are not urgent go out up to ten minutes late by their rule (spread).
    { name: 'lateness', seconds: h.lateness_seconds, more: h.rungs, light: above(h.lateness_seconds, 15 * minute, hour) },
    { name: 'undelivered', count: h.undelivered_notices, light: above(h.undelivered_notices, 1, 20), detail: h.channels.map((c) => `${c.channel} ${c.code} ${c.count}`) },
    {
      name: 'audit', at: h.audit.checked_at ?? '', more: h.audit.checked_rows, light: above(age(h.audit.checked_at), 26 * hour, 3 * day),
      since: h.audit.horizon ? { word: 'horizon', at: h.audit.horizon } : undefined,
    },
    { name: 'findings', count: h.audit.findings, light: above(h.audit.findings, 1, 1) },
    { name: 'heads', at: h.audit.heads_at ?? '', light: above(age(h.audit.heads_at), 2 * minute, 10 * minute) },
    {
      name: 'drill', at: h.drill?.at ?? '', more: h.drill ? Math.ceil(h.drill.took_seconds / 60) : undefined,
      light: h.drill && !h.drill.good ? 'red' : age(h.drill?.at) > 100 * day ? 'yellow' : 'green',
      since: h.drill ? { word: 'restored', at: h.drill.restored } : undefined,
    },
    { name: 'erasures', count: h.unlisted_erasures, light: above(h.unlisted_erasures, 1, 20) },
    { name: 'workers', count: h.workers.length, light: h.workers.length === 0 ? 'red' : builds.size > 1 ? 'yellow' : 'green' },
    // Figures of cases are not for every administrator.
    ...(h.provisional_deadlines === undefined ? [] : [{ name: 'provisional', count: h.provisional_deadlines, light: above(h.provisional_deadlines, 1, Number.MAX_VALUE) }]),
    { name: 'calendar', text: h.calendar_to.slice(0, 10) || '—', light: calendarEnds < 0 ? 'red' : calendarEnds < 45 * day ? 'yellow' : 'green' },
    ...(h.overdue === undefined ? [] : [{ name: 'overdue', count: h.overdue, more: h.open_cases, light: above(h.overdue, 1, Number.MAX_VALUE) }]),
  ]
}
