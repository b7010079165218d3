import { Badge, Button, Card, Checkbox, Segmented, Select, Space, Switch, Typography } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import type { Colour, Kind } from '../../ui/codes'
import { AckButton, Alerted, useAcknowledge } from '../../ui/Alerted'
import { behindNames, behindQuery, isBehind } from '../../ui/behind'
import { BehindBar, Ended, noBehind } from '../../ui/BehindBar'
import { Export } from '../../ui/Export'
import { useFilters } from '../../ui/filters'
import { LongList, usePages } from '../../ui/list'
import { usePlace, usePost } from '../../ui/names'
import { Risk } from '../../ui/risk'
import { Nothing } from '../../ui/states'
import { Due } from '../../ui/time'
import { SavedViews } from '../../ui/views'
import { Why } from '../../ui/why'
import { useLabel, useWord } from '../../ui/words'
import { assigning } from './assigning'
import { Tour } from './Tour'
import { PlaceFilter } from '../../ui/PlaceFilter'

// What is asked for now and then comes then: with a calendar it would weigh as much as the page itself.
const HandOver = lazy(() => import('./HandOver').then((m) => ({ default: m.HandOver })))

type Obligation = Schemas['Obligation']

/** What my posts owe and what reached them, by due time; or all that is owed in my area. */
export default function Work() {
  const { t } = useTranslation(['work', 'common'])
  const me = useMe()
  const [filters, change, clear] = useFilters(['whose', 'post', 'kind', 'risk', 'overdue', 'town', ...behindNames] as const)
  const area = filters.whose === 'area'
  const behind = isBehind(filters)
  const [acknowledge, acknowledging] = useAcknowledge()
  /** What is selected to be handed over, by id; undefined while nobody selects. */
  const [selected, setSelected] = useState<ReadonlyMap<string, Obligation>>()
  const [handing, setHanding] = useState(false)
  const post = usePost()
  const list = usePages<Obligation>(['obligations', filters], (cursor) =>
    ask(
      api.GET('/api/v1/obligations', {
        params: {
          query: {
            cursor,
            limit: 50,
            whose: filters.whose === 'area' ? 'area' : 'mine',
            owner: filters.post,
            kind: filters.kind as Kind | undefined,
            risk: filters.risk as Colour | undefined,
            overdue: (!behind && filters.overdue === '1') || undefined,
            town: filters.town,
            ...behindQuery(filters),
          },
        },
      }),
    ),
  )
  return (
    <>
      <Space wrap style={{ justifyContent: 'space-between', width: '100%', marginBottom: 12 }}>
        <h1 className="page-title" style={{ margin: 0 }} data-tour="title">{t('title')}</h1>
        <Space wrap>
          {hasRole(me, ...assigning) && (
            <Button onClick={() => setSelected(selected ? undefined : new Map())} aria-pressed={!!selected}>{selected ? t('selectEnd') : t('selectMany')}</Button>
          )}
          <Export what="obligations" filter={{ ...behindQuery(filters), whose: area ? 'area' : 'mine', owner: filters.post, kind: filters.kind as Kind | undefined, risk: filters.risk as Colour | undefined, overdue: (!behind && filters.overdue === '1') || undefined, town: filters.town }} />
          <SavedViews page="work" />
        </Space>
      </Space>
      <Space wrap style={{ marginBottom: 12 }} role="search" aria-label={t('filters')}>
        <Segmented
          data-tour="whose"
          value={area ? 'area' : 'mine'}
          onChange={(v) => change({ ...noBehind, whose: v === 'area' ? 'area' : undefined, post: undefined, town: undefined })}
          options={[
            { value: 'mine', label: t('mine') },
            { value: 'area', label: t('area') },
          ]}
        />
        {!area && me.posts.length > 1 && (
          <Select
            allowClear
            aria-label={t('post')}
            placeholder={t('post')}
            value={filters.post}
            onChange={(v: string | undefined) => change({ post: v })}
            options={me.posts.map((p) => ({ value: p.post, label: post(p.post) }))}
            style={{ minWidth: 160 }}
          />
        )}
        {area && <PlaceFilter value={filters.town} onChange={(town) => change({ town })} />}
        <Select
          allowClear
          aria-label={t('kind')}
          placeholder={t('kind')}
          value={filters.kind}
          onChange={(v: string | undefined) => change({ kind: v })}
          options={(['report', 'guardianship'] as const).map((k) => ({ value: k, label: t(`common:kind.${k}`) }))}
          style={{ minWidth: 120 }}
        />
        <Select
          allowClear
          aria-label={t('risk')}
          placeholder={t('risk')}
          value={filters.risk}
          onChange={(v: string | undefined) => change({ risk: v })}
          options={(['red', 'yellow', 'blue', 'green'] as const).map((c) => ({ value: c, label: <Risk colour={c} /> }))}
          style={{ minWidth: 100 }}
        />
        {!behind && (
          <Space>
            <Switch aria-label={t('overdueOnly')} checked={filters.overdue === '1'} onChange={(on) => change({ overdue: on ? '1' : undefined })} />
            {t('overdueOnly')}
          </Space>
        )}
      </Space>
      {behind && <BehindBar of={filters} clear={() => change({ ...noBehind, post: undefined })} />}
      {selected && (
        <Card size="small" style={{ position: 'sticky', top: 64, zIndex: 5, marginBottom: 8 }}>
          <Space wrap>
            <span role="status">{t('selected', { count: selected.size })}</span>
            <Button onClick={() => setSelected(new Map(list.data?.pages.flatMap((p) => p.items).map((o) => [o.id ?? o.key, o])))}>{t('selectAll')}</Button>
            <Button type="primary" disabled={selected.size === 0} onClick={() => setHanding(true)}>{t('handOver')}</Button>
          </Space>
        </Card>
      )}
      <div data-tour="list">
      <LongList
        of={list}
        id={(o) => o.id ?? o.key}
        label={t('title')}
        height={84}
        row={(o) => (
          <Row
            of={o}
            acknowledge={acknowledge}
            selected={selected?.has(o.id ?? o.key)}
            select={(on) => {
              const next = new Map(selected)
              if (on) next.set(o.id ?? o.key, o)
              else next.delete(o.id ?? o.key)
              setSelected(next)
            }}
          />
        )}
        empty={<Nothing text={clear ? t('nothingHere') : t('nothing')} clear={clear} />}
      />
      </div>
      {handing && selected && (
        <Suspense fallback={null}>
          <HandOver
            of={[...selected.values()]}
            close={(done) => {
              setHanding(false)
              if (done) setSelected(undefined)
            }}
          />
        </Suspense>
      )}
      <Tour />
      {acknowledging}
    </>
  )
}

interface RowProps {
  of: Obligation
  acknowledge: (of: Obligation) => void
  /** Absent while nobody selects. */
  selected?: boolean
  select: (on: boolean) => void
}

function Row({ of, acknowledge, selected, select }: RowProps) {
  const { t } = useTranslation(['work', 'common'])
  const label = useLabel()
  const word = useWord()
  const post = usePost()
  const place = usePlace()
  const navigate = useNavigate()
  const mine = useMe().posts.some((p) => p.post === of.owner)
  return (
    <Card size="small" style={{ marginBottom: 8, borderInlineStart: of.overdue ? '4px solid #cf1322' : undefined }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
        {selected !== undefined && <Checkbox checked={selected} onChange={(e) => select(e.target.checked)} aria-label={t('select', { name: label(of.name), number: of.number })} />}
        <div style={{ flex: '1 1 260px', minWidth: 0 }}>
          <Link to={`/cases/${of.case}?do=${encodeURIComponent(of.key)}`} style={{ fontWeight: 600 }}>{label(of.name)}</Link>{' '}
          {of.ended_at ? <Ended of={of} /> : <Due due={of.due} paused={of.paused_since} provisional={of.provisional} submitted={of.submitted} />}
          <div>
            <Typography.Text type="secondary">
              <Risk colour={of.colour} /> · <span className="numeric">{of.number}</span> · {of.stage ? word(`stage.${of.stage}`) : ''} · {place(of.org)}
            </Typography.Text>
          </div>
          <Typography.Text type="secondary">{post(of.owner)}</Typography.Text>
          {of.rung > 0 && <Badge count={t('climbed', { count: of.rung })} color="#b45309" style={{ marginInlineStart: 8 }} />}
          {' '}
          {!of.ended_at && <Space wrap size={4}><Alerted of={of} /></Space>}
        </div>
        <Space wrap>
          <Why of={of} />
          <AckButton of={of} acknowledge={acknowledge} />
          <Button type={mine ? 'primary' : 'default'} onClick={() => void navigate(`/cases/${of.case}?do=${encodeURIComponent(of.key)}`)}>{t(mine ? 'go' : 'look')}</Button>
        </Space>
      </div>
    </Card>
  )
}
