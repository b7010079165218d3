import { useQuery, useQueryClient } from '@tanstack/react-query'

import { api, ask, newKey, type Schemas } from '../../../api/client'
import { useMe } from '../../session'
import { wallOf } from '../../ui/wall'
import type { Case, Step } from './data'
import type { Draft } from './drafts'

/** A form that was refused, as the server keeps it for its author for 30 days. */
export type Kept = Schemas['Draft']

/** What is refused is added by whoever sent it; the list is asked for once in a while only, since the look is kept. */
export function useKept(of: Case): { drafts: Kept[]; pending: boolean } {
  const me = useMe()
  const { data, isPending } = useQuery({ queryKey: ['drafts', me.person], queryFn: () => ask(api.GET('/api/v1/drafts')), staleTime: 300_000, refetchOnWindowFocus: false })
  return { drafts: (data?.items ?? []).filter((d) => d.case === of.id), pending: isPending }
}

/** Deletes drafts that the server keeps: what they were for is done, or nobody wants them. */
export function useDropKept() {
  const queries = useQueryClient()
  const renew = () => queries.invalidateQueries({ queryKey: ['drafts'] })
  return {
    renew,
    drop: async (drafts: Kept[]) => {
      for (const d of drafts) await ask(api.DELETE('/api/v1/drafts', { params: { query: { command: d.command } } }))
      await renew()
    },
  }
}

// An id or number of a thing of the case: a place or a person is what a form says, not what it is about.
const names = (f: Step['form'][number]) => f.type === 'int' || (f.type === 'id' && f.name !== 'org' && f.name !== 'person')

/** What names the thing that a form is about: its ids and numbers. */
export function presetOfKept(kept: Kept, step: Step): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const f of step.form) {
    const v = kept.fields[f.name]
    if (v && names(f)) out[f.name] = f.type === 'int' ? Number(v) : v
  }
  return out
}

/** The drafts of a step that are about the same thing, the newest first. */
export function keptFor(drafts: Kept[], step: string, preset: Record<string, unknown> = {}): Kept[] {
  return drafts.filter((d) => d.step === step && Object.entries(preset).every(([name, v]) => (d.fields[name] ?? '') === String(v)))
}

/** The drafts of a step that a form, as it was sent, makes good. */
export function madeGood(drafts: Kept[], step: Step, fields: Record<string, unknown> = {}): Kept[] {
  return keptFor(drafts, step.name, Object.fromEntries(step.form.filter(names).map((f) => [f.name, fields[f.name] ?? ''])))
}

/** A kept form as its inputs hold it. It is sent as another thing than what was refused. */
export function draftOfKept(kept: Kept, step: Step): Draft {
  const fields: Record<string, unknown> = {}
  for (const f of step.form) {
    const v = f.sealed ? kept.sealed[f.name] : kept.fields[f.name]
    if (v === undefined || v === '') continue
    fields[f.name] = f.type === 'bool' ? v === 'true' : f.type === 'int' ? Number(v) : f.type === 'multi' ? v.split(',') : f.type === 'time' ? wallOf(v) : v
  }
  return {
    values: { fields, proxy: !!kept.for, for: kept.for, via: kept.via, occurred_at: kept.occurred_at ? wallOf(kept.occurred_at) : undefined },
    base: kept.base, key: newKey(), dirty: true,
  }
}
