import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { useWord } from '../../ui/words'

export type Deadline = Schemas['Deadline']
export type Span = Schemas['Span']

/** The rules that new cases start with. */
export function useRules() {
  return useQuery({ queryKey: ['list', 'rules'], queryFn: () => ask(api.GET('/api/v1/rules')) })
}

/** How far the published calendar reaches, and whether deadlines reach beyond it; how many, and how many cases are open, for those who keep the rules. */
export function useReach() {
  return useQuery({ queryKey: ['list', 'calendar-reach'], queryFn: () => ask(api.GET('/api/v1/calendars/reach')) })
}

/** Gives a length of time in words: "5 个工作日". */
export function useSpanWord(): (span?: Span) => string {
  const word = useWord()
  return (span) => (span?.value ? `${span.value} ${word(`unit.${span.unit}`)}` : '—')
}

/** Gives the length of a row, with what follows it in a series. */
export function useLength(): (row: Pick<Deadline, 'span' | 'then'>) => string {
  const { t } = useTranslation('rules')
  const span = useSpanWord()
  return (row) =>
    [span(row.span), ...(row.then ?? []).map((leg) => (leg.times ? t('leg', { span: span(leg.span), count: leg.times }) : t('legForever', { span: span(leg.span) })))].join(t('common:mark.comma'))
}

/** Gives the name of a post as rules and ladders write it: a role, or the case's own posts. */
export function useSpecName(): (spec: string) => string {
  const { t } = useTranslation('rules')
  const word = useWord()
  return (spec) => (spec === 'owner' ? t('owner') : spec === 'case_owner' ? t('caseOwner') : word(`role.${spec.split('/')[1] ?? spec}`))
}

/** Rows of one duty: its own, then those for single colours. */
export interface Duty {
  id: string
  rows: Deadline[]
}

export function duties(rows: readonly Deadline[]): Duty[] {
  const out = new Map<string, Duty>()
  for (const row of rows) {
    const id = row.id.split('/')[0] ?? row.id
    const duty = out.get(id) ?? { id, rows: [] }
    duty.rows.push(row)
    out.set(id, duty)
  }
  return [...out.values()]
}

/** The colour that a row is for; undefined for the row of all others. */
export function colourOf(row: { id: string }): string | undefined {
  return row.id.split('/')[1]
}
