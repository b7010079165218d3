import { Card, Select, Space, Switch, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import type { Colour, Kind, Phase } from '../../ui/codes'
import { Export } from '../../ui/Export'
import { useFilters } from '../../ui/filters'
import { LongList, usePages } from '../../ui/list'
import { usePlace, usePost } from '../../ui/names'
import { PlaceFilter } from '../../ui/PlaceFilter'
import { Risk } from '../../ui/risk'
import { Nothing } from '../../ui/states'
import { Due, Moment } from '../../ui/time'
import { SavedViews } from '../../ui/views'
import { useWord } from '../../ui/words'

type CaseRow = Schemas['CaseRow']

/** The cases that I may see, the newest first. */
export default function Cases() {
  const { t } = useTranslation(['cases', 'common'])
  const [filters, change, clear] = useFilters(['kind', 'phase', 'risk', 'town', 'overdue', 'state'] as const)
  const list = usePages<CaseRow>(['cases', filters], (cursor) =>
    ask(
      api.GET('/api/v1/cases', {
        params: {
          query: {
            cursor,
            limit: 50,
            kind: filters.kind as Kind | undefined,
            phase: filters.phase as Phase | undefined,
            risk: filters.risk as Colour | undefined,
            town: filters.town,
            overdue: filters.overdue === '1' || undefined,
            state: (filters.state ?? 'open') as 'open' | 'closed' | 'all',
          },
        },
      }),
    ),
  )
  return (
    <>
      <Space wrap style={{ justifyContent: 'space-between', width: '100%', marginBottom: 12 }}>
        <h1 className="page-title" style={{ margin: 0 }}>{t('title')}</h1>
        <Space>
          <Export what="cases" filter={{ kind: filters.kind as Kind | undefined, phase: filters.phase as Phase | undefined, risk: filters.risk as Colour | undefined, town: filters.town, overdue: filters.overdue === '1' || undefined, state: (filters.state ?? 'open') as 'open' | 'closed' | 'all' }} />
          <SavedViews page="cases" />
        </Space>
      </Space>
      <Space wrap style={{ marginBottom: 12 }} role="search" aria-label={t('filters')}>
        <Select
          aria-label={t('state')}
          value={filters.state ?? 'open'}
          onChange={(v: string) => change({ state: v === 'open' ? undefined : v })}
          options={(['open', 'closed', 'all'] as const).map((s) => ({ value: s, label: t(`states.${s}`) }))}
          style={{ minWidth: 100 }}
        />
        <Select allowClear aria-label={t('kind')} placeholder={t('kind')} value={filters.kind} onChange={(v: string | undefined) => change({ kind: v })} options={(['report', 'guardianship'] as const).map((k) => ({ value: k, label: t(`common:kind.${k}`) }))} style={{ minWidth: 120 }} />
        <Select allowClear aria-label={t('phase')} placeholder={t('phase')} value={filters.phase} onChange={(v: string | undefined) => change({ phase: v })} options={(['discovery', 'rescue', 'guidance', 'followup'] as const).map((p) => ({ value: p, label: t(`common:phase.${p}`) }))} style={{ minWidth: 120 }} />
        <Select allowClear aria-label={t('risk')} placeholder={t('risk')} value={filters.risk} onChange={(v: string | undefined) => change({ risk: v })} options={(['red', 'yellow', 'blue', 'green'] as const).map((c) => ({ value: c, label: <Risk colour={c} /> }))} style={{ minWidth: 100 }} />
        <PlaceFilter value={filters.town} onChange={(town) => change({ town })} />
        <Space>
          <Switch aria-label={t('overdueOnly')} checked={filters.overdue === '1'} onChange={(on) => change({ overdue: on ? '1' : undefined })} />
          {t('overdueOnly')}
        </Space>
      </Space>
      <LongList of={list} id={(c) => c.id} label={t('title')} height={76} row={(c) => <Row of={c} />} empty={<Nothing text={clear ? t('nothing') : t('nothingOpen')} clear={clear} />} />
    </>
  )
}

function Row({ of }: { of: CaseRow }) {
  const { t } = useTranslation(['cases', 'common'])
  const word = useWord()
  const post = usePost()
  const place = usePlace()
  return (
    <Card size="small" style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 24px', alignItems: 'center' }}>
        <div style={{ flex: '1 1 240px', minWidth: 0 }}>
          <Risk colour={of.colour} /> <Link to={`/cases/${of.id}`} className="numeric" style={{ fontWeight: 600 }}>{of.number}</Link>
          <div>
            <Typography.Text type="secondary">
              {t(`common:kind.${of.kind}`)} · {t(`common:phase.${of.phase}`)} · {word(`stage.${of.stage}`)}
              {of.outcome ? ` · ${word(`outcome.${of.outcome}`)}` : ''}
            </Typography.Text>
          </div>
        </div>
        <div style={{ flex: '1 1 200px', minWidth: 0 }}>
          <Typography.Text>{place(of.org)}</Typography.Text>
          <div><Typography.Text type="secondary">{t('owner')} {post(of.owner)}</Typography.Text></div>
        </div>
        <div style={{ flex: '0 1 220px' }}>
          {of.next_due ? <>{word(`obligation.${(of.next_key ?? '').split(':')[0]}`)} <Due due={of.next_due} provisional={of.next_provisional} /></> : <Typography.Text type="secondary">{t('nothingDue')}</Typography.Text>}
          <div><Typography.Text type="secondary">{t('opened')} <Moment at={of.opened} /></Typography.Text></div>
        </div>
      </div>
    </Card>
  )
}
