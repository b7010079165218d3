import { useQueries, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { useDirectory, usePost } from '../../ui/names'
import { wallText } from '../../ui/wall'
import { useLabel, useWord } from '../../ui/words'
import type { Case, Step } from './data'

export interface Choice {
  value: string | number
  label: string
}

/** Who holds the posts that can have a part in a case: the city's, the units', its town's and its village's. */
export function useHolders(of: Case) {
  const { data: directory } = useDirectory()
  const town = `${of.org.slice(0, 9)}000`
  const prefixes = [`city:${directory?.city ?? ''}/`, 'unit:', ...(town === directory?.city ? [] : [`town:${town}/`]), ...(of.org.endsWith('000') ? [] : [`village:${of.org}/`])]
  return useQueries({
    queries: prefixes.map((prefix) => ({
      queryKey: ['list', 'holders', prefix],
      enabled: !!directory,
      staleTime: 300_000,
      queryFn: async () => {
        const all: Schemas['Holding'][] = []
        for (let cursor = ''; ; ) {
          const page = await ask(api.GET('/api/v1/posts', { params: { query: { prefix, cursor, limit: 200 } } }))
          all.push(...page.items)
          if (!page.next) return all
          cursor = page.next
        }
      },
    })),
    combine: (asked) => asked.flatMap((a) => a.data ?? []),
  })
}

// Posts that run the product have no part in a case.
const apart = ['system_admin', 'security_admin', 'audit_admin', 'reporter', 'unit_head', 'system']

/** The posts to choose from, with who holds them. Where a field is called like a role, that role's. */
export function usePostChoices(of: Case, named: string, roles?: string[]): Choice[] {
  const { t } = useTranslation('case')
  const holders = useHolders(of)
  const post = usePost()
  const byPost = new Map<string, Schemas['Holding'][]>()
  for (const h of holders) {
    if (apart.includes(h.role) || of.recused?.includes(h.post) || (roles && !roles.includes(h.role))) continue
    byPost.set(h.post, [...(byPost.get(h.post) ?? []), h])
  }
  const called = [...byPost].filter(([, held]) => held[0]?.role === named)
  return (called.length ? called : [...byPost]).map(([name, held]) => {
    const people = held.filter((h) => !h.deputy)
    const who = people.map((h) => (h.on_leave ? t('form.onLeave', { name: h.name }) : h.name)).join(t('common:mark.list'))
    return { value: name, label: `${post(name)}${who ? ` · ${who}` : ` · ${t('form.vacant')}`}` }
  })
}

/** Who holds a post: those whom a field may name in person. */
export function usePersonChoices(of: Case, post: unknown): Choice[] {
  return useHolders(of)
    .filter((h) => h.post === post)
    .map((h) => ({ value: h.person, label: h.name }))
}

/**
 * What a field that names something of the case can name: an obligation, a proposal, a record, a task. A field that
 * this list does not know is typed in.
 */
export function useOwnChoices(of: Case, step: Step): (field: string) => Choice[] | undefined {
  const { t } = useTranslation('case')
  const label = useLabel()
  const word = useWord()
  const post = usePost()
  const named = (s: string) => word(`step.${of.kind}.${s}`, `step.${s}`)
  const short = (at: string) => wallText(at).slice(5)
  return (field) => {
    switch (field) {
      case 'key': {
        const paused = step.name === 'resume'
        return of.obligations.filter((o) => !!o.paused_since === paused).map((o) => ({ value: o.key, label: `${label(o.name)} · ${post(o.owner)} · ${short(o.due)}` }))
      }
      case 'proposal':
        return of.proposals.map((p) => ({ value: p.id, label: `${named(p.step)} · ${post(p.post)} · ${short(p.at)}` }))
      case 'record':
        return of.proxies.filter((p) => !p.confirmed).map((p) => ({ value: p.command, label: `${named(p.step)} · ${post(p.for)}` }))
      case 'grant':
        return (of.grants ?? []).map((g) => ({ value: g.id, label: `${post(g.post)} · ${short(g.until)}` }))
      case 'glass':
        return of.obligations.filter((o) => o.key.startsWith('glass_review:')).map((o) => ({ value: o.key.slice('glass_review:'.length), label: `${label(o.name)} · ${short(o.start)}` }))
      case 'task':
        return of.tasks.map((k) => ({ value: k.n, label: `${t('tracks.task', { n: k.n })} ${word(`enum.measure.${k.measure}`, `enum.${k.measure}`)} · ${post(k.post)} · ${word(`task.${k.state}`)}` }))
      case 'order':
        return of.orders.map((o) => ({ value: o.n, label: `${t('tracks.order', { n: o.n })} ${word(`obligation.${o.obligation.split(':')[0]}`)} · ${post(o.to)}` }))
      default:
        return undefined
    }
  }
}

/** Other cases that a form can name: likely the same child first, then linked ones, then the newest open reports. */
export function useCaseChoices(of: Case, open: boolean) {
  const { t } = useTranslation(['case', 'common'])
  const alike = useQuery({
    queryKey: ['alike', of.id],
    enabled: open,
    queryFn: async () => {
      try {
        return (await ask(api.GET('/api/v1/cases/{id}/alike', { params: { path: { id: of.id } } }))).items
      } catch {
        return [] // only the duty desk may compare
      }
    },
  })
  const reports = useQuery({
    queryKey: ['list', 'cases', 'choices'],
    enabled: open,
    queryFn: () => ask(api.GET('/api/v1/cases', { params: { query: { kind: 'report', state: 'open', limit: 100 } } })),
  })
  const seen = new Set([of.id])
  const rows = (list: { id: string; number: string; colour: string; opened: string }[]) =>
    list
      .filter((c) => !seen.has(c.id) && seen.add(c.id))
      .map((c) => ({ value: c.id, label: `${c.number} · ${t(`common:colour.${c.colour as 'red'}`)} · ${wallText(c.opened, 'day')}` }))
  return [
    { label: t('form.alike'), options: rows((alike.data ?? []).filter((c) => c.kind === 'report')) },
    { label: t('form.openReports'), options: rows(reports.data?.items ?? []) },
  ].filter((g) => g.options.length > 0)
}

/** Who did something in a case, as people call them: the post, and the person where one may know. */
export function useActor(of: Case): (actor?: { post?: string; person?: string }) => string {
  const post = usePost()
  const holders = useHolders(of)
  return (actor) => {
    if (!actor) return ''
    const person = holders.find((h) => h.person === actor.person)?.name
    return [post(actor.post), person].filter(Boolean).join(' · ')
  }
}

