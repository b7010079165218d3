import { Alert, Button, Card, Input, Select, Space, Tag, Typography } from 'antd'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { hasRole, useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { LongList } from '../../ui/list'
import { usePost } from '../../ui/names'
import { PlaceFilter } from '../../ui/PlaceFilter'
import { Failed, Loading, Nothing } from '../../ui/states'
import { Due, Moment, useNow } from '../../ui/time'
import { useAppointments, useOwed, type Appointment } from './data'
import { watching } from './may'
import { PostDrawer } from './PostDrawer'

const states = ['vacant', 'away', 'undeputised'] as const

const is: Record<(typeof states)[number], (a: Appointment) => boolean> = {
  vacant: (a) => a.vacant,
  away: (a) => a.people.some((p) => !p.deputy && p.away),
  undeputised: (a) => !a.people.some((p) => p.deputy),
}

/** The posts with who is in them; or, for those who fill them, the vacant ones with what is owed there now. */
export function Posts({ vacant = false }: { vacant?: boolean }) {
  const { t } = useTranslation(['people', 'common'])
  const me = useMe()
  const post = usePost()
  const [filters, change] = useFilters(['town', 'state', 'post'] as const)
  const [text, setText] = useState('')
  const all = useAppointments()
  const shown = all.items.filter((a) => {
        if (vacant && !a.vacant) return false
        const state = filters.state as (typeof states)[number] | undefined
        if (!vacant && state && !is[state](a)) return false
        if (filters.town && !(a.org ?? '').startsWith(filters.town.replace(/(000)+$/, ''))) return false
        const asked = text.trim().toLowerCase()
        return !asked || `${post(a.post)} ${a.post} ${a.people.map((p) => p.name).join(' ')}`.toLowerCase().includes(asked)
      })
  const narrowed = !!(text || filters.town || (!vacant && filters.state))
  const watches = hasRole(me, ...watching)
  const owed = useOwed(vacant ? shown.map((a) => a.post) : [], vacant && watches && !all.loading)
  const open = all.items.find((a) => a.post === filters.post)
  const list = {
    data: { pages: [{ items: shown }], pageParams: [] },
    error: null, isPending: false, hasNextPage: false, isFetchingNextPage: false,
    fetchNextPage: () => Promise.resolve(), refetch: () => Promise.resolve(),
  } as unknown as Parameters<typeof LongList<Appointment>>[0]['of']
  if (all.error && all.items.length === 0) return <Failed error={all.error} again={() => void all.refetch()} />
  return (
    <>
      {vacant && <Alert type="info" showIcon title={t('vacantHelp')} style={{ marginBottom: 12 }} />}
      {!hasRole(me, ...watching, 'system_admin') && <Typography.Paragraph type="secondary">{t('ownHelp')}</Typography.Paragraph>}
      <Space wrap style={{ marginBottom: 12 }} role="search" aria-label={t('filters')}>
        <Input.Search allowClear aria-label={t('find')} placeholder={t('find')} value={text} onChange={(e) => setText(e.target.value)} style={{ width: 240, maxWidth: '100%' }} />
        <PlaceFilter value={filters.town} onChange={(town) => change({ town })} />
        {!vacant && (
          <Select
            allowClear
            aria-label={t('state')}
            placeholder={t('state')}
            value={filters.state}
            onChange={(state: string | undefined) => change({ state })}
            options={states.map((s) => ({ value: s, label: t(`states.${s}`) }))}
            style={{ minWidth: 130 }}
          />
        )}
        {!all.loading && <Typography.Text type="secondary" role="status">{t('posts', { count: shown.length })}</Typography.Text>}
      </Space>
      {all.error ? <Failed error={all.error} again={() => void all.refetch()} /> : null}
      {all.items.length === 0 && all.loading ? (
        <Loading rows={8} />
      ) : (
        <LongList
          of={list}
          id={(a) => a.post}
          label={t('tab.posts')}
          height={92}
          row={(a) => (
            <Row of={a} open={() => change({ post: a.post })}>
              {vacant && watches && <Owes of={owed.data?.get(a.post)} post={a.post} />}
            </Row>
          )}
          empty={all.loading ? <Loading rows={6} /> : <Nothing text={vacant && !narrowed ? t('noVacancy') : t('nothingHere')} clear={narrowed ? () => { setText(''); change({ town: undefined, state: undefined }) } : undefined} />}
        />
      )}
      {open && <PostDrawer of={open} close={() => change({ post: undefined })} />}
    </>
  )
}

function Row({ of, open, children }: { of: Appointment; open: () => void; children?: ReactNode }) {
  const { t } = useTranslation('people')
  const post = usePost()
  const holders = of.people.filter((p) => !p.deputy)
  const deputies = of.people.filter((p) => p.deputy)
  return (
    <Card size="small" style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
        <div style={{ flex: '1 1 220px', minWidth: 0 }}>
          <Typography.Text strong>{post(of.post)}</Typography.Text>{' '}
          {of.vacant && <Tag color="error">{t('vacant')}</Tag>}
          <div>
            {holders.map((p) => (
              <span key={p.person + p.from} style={{ marginInlineEnd: 12 }}>
                {p.name} <Mark of={p} />
              </span>
            ))}
            {of.vacant && (
              <Typography.Text type="secondary">{of.since ? <>{t('since')} <Moment at={of.since} withTime={false} /></> : t('never')}</Typography.Text>
            )}
          </div>
          <Typography.Text type="secondary">
            {t('deputy')}{t('common:mark.colon')}{deputies.length ? deputies.map((p) => p.name).join(t('common:mark.list')) : t('none')}
            {(of.vacant || holders.some((p) => p.away)) && <> · <Told of={of} /></>}
          </Typography.Text>
          {children}
        </div>
        <Button onClick={open} aria-label={t('openPost', { name: post(of.post) })}>{t('open')}</Button>
      </div>
    </Card>
  )
}

/** On leave, not yet begun, or ending: what is not as usual with somebody in a post. */
export function Mark({ of }: { of: Appointment['people'][number] }) {
  const { t } = useTranslation('people')
  const now = useNow()
  return (
    <>
      {of.away && of.leave && <Tag color="gold">{t('awayUntil')} <Moment at={of.leave.until} withTime={false} /></Tag>}
      {!of.away && of.leave && <Tag>{t('leaveFrom')} <Moment at={of.leave.from} withTime={false} /></Tag>}
      {Date.parse(of.from) > now && <Tag color="blue">{t('from')} <Moment at={of.from} withTime={false} /></Tag>}
      {of.until && <Tag>{t('until')} <Moment at={of.until} withTime={false} /></Tag>}
      {!of.active && <Tag color="error">{t('inactive')}</Tag>}
    </>
  )
}

/** Who is told while the holder is not there. */
export function Told({ of }: { of: Appointment }) {
  const { t } = useTranslation('people')
  const names = of.people.filter((p) => of.reached.includes(p.person)).map((p) => p.name)
  return <>{names.length ? t('toldNow', { names: [...new Set(names)].join(t('common:mark.list')) }) : t('toldNobody')}</>
}

/** What a post owes now, with the way to the list. */
export function Owes({ of, post }: { of?: { cases: number; open: number; overdue: number; next?: string; provisional?: boolean }; post: string }) {
  const { t } = useTranslation('people')
  if (!of) return null
  if (of.open === 0 && of.cases === 0) return <div><Typography.Text type="secondary">{t('owesNothing')}</Typography.Text></div>
  return (
    <div>
      <Space wrap size={8}>
        <span>{t('owes', { cases: of.cases, open: of.open })}</span>
        {of.overdue > 0 && <Tag color="error">{t('overdue', { count: of.overdue })}</Tag>}
        {of.next && <Due due={of.next} provisional={of.provisional} />}
        {of.open > 0 && <Link to={`/?whose=area&post=${encodeURIComponent(post)}`}>{t('seeList')}</Link>}
      </Space>
    </div>
  )
}
