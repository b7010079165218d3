import { expect, test } from 'vitest'

import type { Schemas } from '../../../api/client'
import { judge } from './limits'

const now = Date.parse('2026-11-24T04:00:00Z')
const good: Schemas['Counts'] = {
  reports_without_workflow: 0, unapplied_facts: 0, oldest_fact_seconds: 0, pending_commands: 0, undelivered_notices: 0, jobs_waiting: 0, oldest_job_seconds: 0,
  failed_jobs: 0, lateness_seconds: 40, rungs: 3, provisional_deadlines: 0, calendar_to: '2027-12-31', open_cases: 5, overdue: 0, unlisted_erasures: 0, engine: true, version: 'x',
  audit: { findings: 0, checked_rows: 9, checked_at: '2026-11-24T01:00:00Z', heads_at: '2026-11-24T03:59:55Z', horizon: '2026-11-24T00:59:00Z' },
  drill: { at: '2026-11-01T00:00:00Z', restored: '2026-10-31T00:00:00Z', took_seconds: 900, good: true },
  channels: [], processes: [], workers: [{ name: 'worker-1', seen: '2026-11-24T03:59:59Z' }],
}
const light = (change: Partial<Schemas['Counts']>, name: string) => judge({ ...good, ...change }, now).find((r) => r.name === name)?.light

test('a house in order is green throughout', () => {
  expect(judge(good, now).filter((r) => r.light !== 'green')).toEqual([])
})

test('figures of cases that one is not told are no rows', () => {
  const names = judge({ ...good, overdue: undefined, open_cases: undefined, provisional_deadlines: undefined }, now).map((r) => r.name)
  expect(names).not.toContain('overdue')
  expect(names).not.toContain('provisional')
  expect(names).toContain('calendar')
})

test('what leaves people without reminders is red at once', () => {
  expect(light({ engine: false }, 'engine')).toBe('red')
  expect(light({ engine: false, reports_without_workflow: 1 }, 'reports')).toBe('red')
  expect(light({ workers: [] }, 'workers')).toBe('red')
  expect(light({ audit: { ...good.audit, findings: 1 } }, 'findings')).toBe('red')
})

test('what mends itself is yellow for a while, then red', () => {
  expect(light({ reports_without_workflow: 1 }, 'reports')).toBe('yellow')
  expect(light({ unapplied_facts: 1, oldest_fact_seconds: 20 }, 'facts')).toBe('green')
  expect(light({ unapplied_facts: 1, oldest_fact_seconds: 61 }, 'facts')).toBe('yellow')
  expect(light({ unapplied_facts: 1, oldest_fact_seconds: 601 }, 'facts')).toBe('red')
  expect(light({ lateness_seconds: 900 }, 'lateness')).toBe('yellow')
})

test('what was never done is not green', () => {
  expect(light({ drill: undefined }, 'drill')).toBe('yellow')
  expect(light({ drill: { ...good.drill!, good: false } }, 'drill')).toBe('red')
  expect(light({ audit: { findings: 0, checked_rows: 0 } }, 'audit')).toBe('red')
  expect(light({ calendar_to: '2026-12-31' }, 'calendar')).toBe('yellow')
})
