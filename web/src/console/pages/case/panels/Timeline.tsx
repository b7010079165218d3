import { PrinterOutlined } from '@ant-design/icons'
import { Alert, Button, Checkbox, Segmented, Space, Tag, Typography } from 'antd'
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query'
import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../../api/client'
import { hasRole, useMe } from '../../../session'
import { useFilters } from '../../../ui/filters'
import { LongList, usePages, type Listed, type Page } from '../../../ui/list'
import { usePost } from '../../../ui/names'
import { Nothing } from '../../../ui/states'
import { Moment } from '../../../ui/time'
import { useLabel, useWord } from '../../../ui/words'
import { partsOf, useSteps, type Case, type Event } from '../data'
import { useBy, Values, Words } from './values'

type Notice = Schemas['CaseNotice']
type Look = Schemas['Look']

/** A row of the timeline: something that happened, that somebody was told, or that somebody looked. */
interface Row {
  at: string
  id: string
  event?: Event
  notice?: Notice
  look?: Look
}

// What can be shown or left out, and the events that belong to it.
const groups: Record<string, string[]> = {
  steps: ['opened', 'step', 'proposed', 'withdrawn', 'colour', 'linked', 'recused', 'order_drafted', 'erased'],
  due: ['owed', 'met', 'released', 'moved', 'handed_over', 'paused', 'resumed', 'recalculated'],
  ladder: ['rung', 'acknowledged', 'unreached'],
  facts: ['fact'],
  glass: ['glass', 'glass_misused'],
  notices: [],
  looks: [],
}
const usual = ['steps', 'due', 'ladder', 'facts', 'glass', 'notices']

/** 经过: what happened, who was told, and for those who supervise who looked, in one line of time. */
export function Timeline({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const me = useMe()
  const [filters, change] = useFilters(['show', 'order'] as const)
  const supervises = hasRole(me, 'head', 'bureau')
  const shown = useMemo(() => (filters.show?.split(',') ?? usual).filter((g) => g in groups), [filters.show])
  const newest = filters.order !== 'oldest'
  const list = useTimeline(of.id, newest, shown)
  const print = usePrint(list)
  const options = Object.keys(groups).filter((g) => g !== 'looks' || supervises)
  return (
    <>
      <div className="no-print" style={{ display: 'flex', flexWrap: 'wrap', gap: '8px 16px', marginBottom: 8 }} role="search" aria-label={t('timeline.filters')}>
        <Segmented
          value={newest ? 'newest' : 'oldest'}
          onChange={(v) => change({ order: v === 'oldest' ? 'oldest' : undefined })}
          options={(['newest', 'oldest'] as const).map((o) => ({ value: o, label: t(`timeline.${o}`) }))}
        />
        <Checkbox.Group
          value={shown}
          onChange={(v) => change({ show: v.length === usual.length && usual.every((u) => v.includes(u)) ? undefined : options.filter((o) => v.includes(o)).join(',') || 'none' })}
          options={options.map((g) => ({ value: g, label: t(`timeline.group.${g}`) }))}
        />
        <Button icon={<PrinterOutlined />} loading={print.loading} onClick={print.start}>{t('timeline.print')}</Button>
      </div>
      {shown.includes('looks') && <Alert type="info" showIcon title={t('timeline.looksAreLogged')} style={{ marginBottom: 8 }} />}
      <LongList of={list} id={(r) => r.id} label={t('tab.timeline')} height={88} row={(r) => <Entry of={of} row={r} />} empty={<Nothing text={t('timeline.nothing')} />} />
    </>
  )
}

/** Prints the page once the whole of a list has come. */
function usePrint(list: Listed<Row>) {
  const [wanted, setWanted] = useState(false)
  useEffect(() => {
    if (!wanted || list.isPending || list.isFetchingNextPage) return undefined
    if (list.hasNextPage && !list.error) {
      list.fetchNextPage()
      return undefined
    }
    const timer = setTimeout(() => {
      setWanted(false)
      if (!list.error) window.print()
    })
    return () => clearTimeout(timer)
  }, [wanted, list])
  return { loading: wanted, start: () => setWanted(true) }
}

/** Joins the three lists by time. Of a list that has more, nothing beyond its end is shown yet. */
function useTimeline(id: string, newest: boolean, shown: string[]) {
  const order = newest ? 'newest' : 'oldest'
  const path = { id }
  const events = usePages<Event>(['events', id, order], (cursor) => ask(api.GET('/api/v1/cases/{id}/events', { params: { path, query: { cursor, limit: 100, order } } })))
  const notices = usePages<Notice>(['notices of', id, order], (cursor) => ask(api.GET('/api/v1/cases/{id}/notices', { params: { path, query: { cursor, limit: 100, order } } })))
  // To ask who looked is a look itself: it is asked once when somebody wants to see it, not at every change.
  const looks = useInfiniteQuery({
    queryKey: ['looks', `of ${id}`, order],
    enabled: shown.includes('looks'),
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/cases/{id}/reads', { params: { path, query: { cursor: pageParam, limit: 100, order } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  const asked = [
    stream(events, true, (e) => ({ at: e.at, id: `${e.seq}.${e.index}`, event: e })),
    stream(notices, shown.includes('notices'), (n) => ({ at: n.at, id: n.id, notice: n })),
    stream(looks, shown.includes('looks'), (l) => ({ at: l.at, id: `look ${l.at} ${l.person} ${l.action} ${l.object ?? ''}`, look: l })),
  ].filter((s) => s.on)
  const ends = asked.filter((s) => s.query.hasNextPage).map((s) => s.rows.at(-1)?.at)
  const known = ends.every((at) => at !== undefined)
  const horizon = newest ? ends.toSorted().at(-1) : ends.toSorted()[0]
  const within = (at: string) => horizon === undefined || (newest ? at >= horizon : at <= horizon)
  const rows = known
    ? asked
        .flatMap((s) => s.rows)
        .filter((r) => within(r.at) && (!r.event || shown.some((g) => groups[g]?.includes(r.event?.type ?? ''))))
        .toSorted((a, b) => (newest ? compare(b, a) : compare(a, b)))
    : []
  return {
    data: asked.some((s) => s.query.data) ? { pages: [{ items: rows }] } : undefined,
    error: asked.find((s) => s.query.error)?.query.error ?? null,
    isPending: asked.some((s) => s.query.isPending),
    refetch: () => asked.forEach((s) => void s.query.refetch()),
    hasNextPage: asked.some((s) => s.query.hasNextPage),
    isFetchingNextPage: asked.some((s) => s.query.isFetchingNextPage),
    fetchNextPage: () => asked.filter((s) => s.query.hasNextPage && (s.rows.length === 0 || s.rows.at(-1)?.at === horizon)).forEach((s) => void s.query.fetchNextPage()),
  }
}

function stream<T>(query: UseInfiniteQueryResult<InfiniteData<Page<T>>>, on: boolean, row: (item: T) => Row) {
  return { query, on, rows: query.data?.pages.flatMap((p) => p.items.map(row)) ?? [] }
}

// Of one moment, what happened comes before who was told of it.
function compare(a: Row, b: Row): number {
  return a.at.localeCompare(b.at) || Number(!a.event) - Number(!b.event) || (a.event && b.event ? a.event.seq - b.event.seq || a.event.index - b.event.index : a.id.localeCompare(b.id))
}

const marks: Record<string, string> = { rung: '#cf1322', unreached: '#cf1322', glass: '#722ed1', glass_misused: '#722ed1', met: '#389e0d', step: '#17705b', opened: '#17705b', fact: '#1668dc' }

function Entry({ of, row }: { of: Case; row: Row }) {
  const mark = row.event ? (marks[row.event.type] ?? '#8c8c8c') : row.notice ? '#d48806' : '#722ed1'
  return (
    <div style={{ display: 'grid', gridTemplateColumns: '14px minmax(0, 1fr)', gap: 6, paddingBlock: 7, overflowWrap: 'anywhere' }}>
      <span className="dot" style={{ background: mark, marginTop: 6 }} aria-hidden />
      <div>
        <Typography.Text type="secondary"><Moment at={row.at} seconds /></Typography.Text>{' '}
        {row.event && <Happened of={of} event={row.event} />}
        {row.notice && <Told notice={row.notice} />}
        {row.look && <Looked look={row.look} />}
      </div>
    </div>
  )
}

function Line({ children }: { children: ReactNode }) {
  return <div><Typography.Text type="secondary">{children}</Typography.Text></div>
}

function Happened({ of, event: e }: { of: Case; event: Event }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const label = useLabel()
  const post = usePost()
  const steps = useSteps(of.kind)
  const step = steps.data?.find((s) => s.name === e.step)
  const stepName = step ? label(step.label) : e.step ? word(`step.${of.kind}.${e.step}`, `step.${e.step}`) : ''
  const owed = e.key ? word(`obligation.${partsOf(e.key)[0]}`) : ''
  const by = useBy(of)(e)
  const why = reasonOf(word, e.reason)
  const facts = e.type === 'fact' && e.fact_kind ? word(`fact.${e.fact_kind}`) : ''
  return (
    <>
      <strong>
        {e.type === 'step' ? stepName : facts || word(`event.${e.type}`)}
        {e.type === 'proposed' || e.type === 'withdrawn' ? t('common:mark.colon') + stepName : ''}
        {owed && e.type !== 'step' ? ` · ${owed}` : ''}
        {e.type === 'rung' && e.rung_name ? ` · ${word(`rung.${e.rung_name}`)}` : ''}
      </strong>{' '}
      {e.type === 'step' && e.owner && <Tag color="orange">{t('timeline.proxy')}</Tag>}
      {e.urgent && e.type === 'rung' && <Tag color="red">{t('timeline.urgent')}</Tag>}
      {e.provisional && <Tag color="purple">{t('timeline.provisional')}</Tag>}
      {e.colour && e.type === 'colour' && <Tag>{word(`colour.${e.colour}`)}</Tag>}
      {e.from && e.to && e.from !== e.to && <Tag>{t('timeline.moved', { from: word(`stage.${e.from}`), to: word(`stage.${e.to}`) })}</Tag>}
      {by && <Line>{by}</Line>}
      {e.type === 'step' && e.due && <Line>{t('timeline.occurred')} <Moment at={e.due} /></Line>}
      {e.type === 'rung' && (
        <Line>{t('timeline.rung', { owner: post(e.owner), told: (e.posts ?? []).map(post).join(t('common:mark.list')) || '—' })} <Moment at={e.due} seconds /></Line>
      )}
      {(e.type === 'owed' || e.type === 'moved' || e.type === 'handed_over') && <Line>{t('timeline.owes', { owner: post(e.owner) })} <Moment at={e.due} /></Line>}
      {e.type === 'met' && e.due && <Line>{e.at > e.due ? t('timeline.late') : t('timeline.inTime')} <Moment at={e.due} /></Line>}
      {why && !(e.type === 'step' && e.owner) && <Line>{t('timeline.reason', { reason: why })}</Line>}
      {e.link && <Line>{t(`timeline.link.${e.link.relation}`, { defaultValue: t('timeline.link.other') })} · {word(`kind.${e.link.kind}`)}</Line>}
      <Values fields={e.fields} step={step} />
      <Words words={e.sealed} step={step} />
    </>
  )
}

// The engine's reasons are codes, and the codes of what led to them. Of one without a word nothing is said.
function reasonOf(word: (...keys: string[]) => string, code?: string): string {
  if (!code) return ''
  const found = word(`why.${code}`, `enum.${code}`, `fact.${code}`, `event.${code}`, `outcome.${code}`, `step.${code}`)
  return found === code ? '' : found
}

function Told({ notice: n }: { notice: Notice }) {
  const { t } = useTranslation('panels')
  const label = useLabel()
  const word = useWord()
  const post = usePost()
  return (
    <>
      <strong>{t('timeline.told', { who: n.person_name || post(n.posts[0]) })}</strong>{' '}
      {n.undelivered ? <Tag color="red">{t('timeline.undelivered')}</Tag> : n.read ? <Tag color="green">{t('timeline.read')}</Tag> : <Tag>{t('timeline.unread')}</Tag>}
      {n.acked && <Tag color="green">{t('timeline.acked')}</Tag>}
      <Line>
        {word(`event.${n.type}`)}
        {n.key ? ` · ${label(n.name) || word(`obligation.${partsOf(n.key)[0]}`)}` : ''}
        {n.rung_name ? ` · ${label(n.rung_label)}` : ''}
        {n.person_name ? ` · ${n.posts.map(post).join(t('common:mark.list'))}` : ''}
      </Line>
      <Line>
        {t('timeline.inbox')}{n.told ? <> <Moment at={n.told} /></> : ` ${t('timeline.waiting')}`}
        {n.messages.filter((m) => m.channel !== 'inbox').map((m) => (
          <span key={`${m.channel} ${m.at}`}> · {t(`timeline.channel.${m.channel}`, { defaultValue: m.channel })} {t(`timeline.carried.${m.state}`)} <Moment at={m.at} /></span>
        ))}
        {n.read && <> · {t('timeline.readAt')} <Moment at={n.read} /></>}
      </Line>
    </>
  )
}

function Looked({ look: l }: { look: Look }) {
  const { t } = useTranslation('panels')
  const post = usePost()
  const parts = l.parts.map((p) => t(`part.${p}`, { defaultValue: p }))
  return (
    <>
      <strong>{t('timeline.looked', { who: l.name || (l.person === 'public' ? t('timeline.public') : post(l.posts[0])) })}</strong>{' '}
      <Tag>{t(`action.${l.action.replace(':', '_')}`, { defaultValue: l.action })}</Tag>
      {l.break_glass?.length ? <Tag color="purple">{t('timeline.underGlass')}</Tag> : null}
      <Line>
        <Space wrap size={[8, 0]}>
          {l.posts.length > 0 && <span>{l.posts.map(post).join(t('common:mark.list'))}</span>}
          {parts.length > 0 && <span>{t('timeline.parts', { parts: parts.join(t('common:mark.list')) })}</span>}
          {l.why && <span>{t('timeline.why', { why: t(`purpose.${l.why}`, { defaultValue: l.why }) })}</span>}
        </Space>
      </Line>
    </>
  )
}
