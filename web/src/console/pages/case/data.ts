import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { api, ask, type Schemas } from '../../../api/client'
import type { Kind } from '../../ui/codes'

export type Case = Schemas['Case']
export type Step = Schemas['Step']
export type Field = Schemas['Field']
export type Obligation = Schemas['Obligation']
export type Event = Schemas['Event']

/** One case as the server shows it to whoever is signed in. The event stream renews it. */
export function useCase(id: string) {
  return useQuery({ queryKey: ['case', id], queryFn: () => ask(api.GET('/api/v1/cases/{id}', { params: { path: { id } } })) })
}

/** The rows of the step table of a kind, by name; the same for everyone. */
export function useSteps(kind: string) {
  return useQuery({
    queryKey: ['steps', kind],
    queryFn: async () => (await ask(api.GET('/api/v1/steps', { params: { query: { kind: kind as Kind } } }))).items,
    staleTime: 600_000,
  })
}

/** What is owed in a case, the first due first, with the source of each deadline and the id to acknowledge it by. */
export function useOwed(of: Case): Obligation[] {
  const { data } = useQuery({
    queryKey: ['list', 'obligations', 'of', of.id],
    queryFn: () => ask(api.GET('/api/v1/obligations', { params: { query: { case: of.id, whose: 'area', limit: 100 } } })),
  })
  return useMemo(() => {
    const rows = new Map(data?.items.map((o) => [`${o.key}/${o.occurrence}`, o]))
    return of.obligations
      .map((o) => ({ ...rows.get(`${o.key}/${o.occurrence}`), ...o, case: of.id, stage: of.stage, colour: of.colour, org: of.org, number: of.number, kind: of.kind }))
      .toSorted((a, b) => a.due.localeCompare(b.due))
  }, [of, data])
}

/** The sort of an obligation's key ("task" of "task:3") and what of that sort it is about ("3"). */
export function partsOf(key: string): [base: string, about: string] {
  const at = key.indexOf(':')
  return at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)]
}

/** The whole timeline of a case, the oldest first; asked for only where a page needs it. */
export function useEvents(id: string, wanted: boolean) {
  return useQuery({
    queryKey: ['events', id],
    enabled: wanted,
    queryFn: async () => {
      const all: Event[] = []
      for (let cursor = ''; ; ) {
        const page = await ask(api.GET('/api/v1/cases/{id}/events', { params: { path: { id }, query: { cursor, limit: 200 } } }))
        all.push(...page.items)
        if (!page.next) return all
        cursor = page.next
      }
    },
  })
}
