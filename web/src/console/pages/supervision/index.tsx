import { PrinterOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, DatePicker, Segmented, Space, Typography } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { Export } from '../../ui/Export'
import { useFilters } from '../../ui/filters'
import { PlaceFilter } from '../../ui/PlaceFilter'
import { Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { Ladder } from './Ladder'
import { Orders } from './Orders'
import { Owed } from './Owed'
import { Promises } from './Promises'
import './supervision.css'
import { Tiles } from './Tiles'

export type Figures = Schemas['Figures']
type Period = Figures['period']['name']

const periods: Period[] = ['week', 'month', 'quarter', 'year', 'days']
const spans: Period[] = ['month', 'quarter', 'year']

/** What is due, late, told and answered, in numbers that each open the list that they count. */
export default function Supervision() {
  const { t } = useTranslation(['supervision', 'common'])
  const me = useMe()
  const [filters, change] = useFilters(['period', 'from', 'to', 'town', 'orders'] as const)
  // Who reaches no place by themselves is shown the city's numbers, of whole spans.
  const city = !hasRole(me, 'supervisor', 'town_leader', 'desk', 'manager', 'head', 'bureau')
  const period = (filters.period ?? 'month') as Period
  const incomplete = period === 'days' && !(filters.from && filters.to)
  const asked = { period, from: period === 'days' ? filters.from : undefined, to: period === 'days' ? filters.to : undefined, town: filters.town }
  const figures = useQuery({
    queryKey: ['figures', asked],
    queryFn: () => ask(api.GET('/api/v1/supervision', { params: { query: asked } })),
    enabled: !incomplete,
    refetchInterval: 60_000,
  })
  useChanges(() => void figures.refetch())
  return (
    <div className="supervision">
      <Space wrap style={{ justifyContent: 'space-between', width: '100%', marginBottom: 12 }}>
        <h1 className="page-title" style={{ margin: 0 }}>{t('title')}</h1>
        <Space className="no-print">
          <Button icon={<PrinterOutlined />} onClick={() => window.print()}>{t('common:action.print')}</Button>
          {!incomplete && <Export what="figures" filter={asked} />}
        </Space>
      </Space>
      <Space wrap className="no-print" style={{ marginBottom: 12 }} role="search" aria-label={t('filters')}>
        <Segmented
          aria-label={t('period')}
          className="periods"
          value={period}
          onChange={(p) => change({ period: p === 'month' ? undefined : p, from: undefined, to: undefined })}
          options={(city ? spans : periods).map((p) => ({ value: p, label: t(`periods.${p}`) }))}
        />
        {period === 'days' && (
          <Space wrap>
            {(['from', 'to'] as const).map((end) => (
              <DatePicker
                key={end}
                aria-label={t(end)}
                placeholder={t(end)}
                value={filters[end] ? dayjs(filters[end]) : null}
                onChange={(d: dayjs.Dayjs | null) => change({ [end]: d?.format('YYYY-MM-DD') })}
              />
            ))}
          </Space>
        )}
        {!city && <PlaceFilter value={filters.town} onChange={(town) => change({ town })} />}
      </Space>
      {incomplete ? (
        <Alert type="info" showIcon title={t('daysNeeded')} />
      ) : (
        <Shown of={figures} rows={12}>
          {(of) => (
            <>
              <Typography.Paragraph type="secondary">
                {t('counted')} <Moment at={of.at} /> · {t('spanned')} <Moment at={of.period.from} withTime={false} /> – <Moment at={dayjs(of.period.to).subtract(24, 'hour').toISOString()} withTime={false} />
              </Typography.Paragraph>
              {of.scope === 'city' && <Alert type="info" showIcon title={t('city', { smallest: of.smallest })} style={{ marginBottom: 12 }} />}
              <Tiles of={of} />
              <Owed of={of} />
              <Promises of={of} />
              <Ladder of={of} />
              <How city={of.scope === 'city'} />
              <Orders of={of} asked={asked} stand={filters.orders} choose={(orders) => change({ orders })} />
            </>
          )}
        </Shown>
      )}
    </div>
  )
}

/** How each number is counted, in words. */
function How({ city }: { city: boolean }) {
  const { t } = useTranslation('supervision')
  return (
    <Card size="small" title={<h2>{t('how.title')}</h2>}>
      <ul className="how">
        {(['open', 'today', 'atRisk', 'overdue', 'stopped', 'promises', 'ladder', 'orders', 'scope', 'never'] as const).filter((k) => k !== 'scope' || !city).map((k) => (
          <li key={k}>{t(`how.${k}`)}</li>
        ))}
      </ul>
    </Card>
  )
}

/** Tells of changes that the event stream brings, at most once in five seconds: a figure costs more than a list. */
function useChanges(tell: () => void) {
  const mark = useQuery({ queryKey: ['list', 'figures'], queryFn: () => Date.now(), staleTime: Infinity })
  const first = useRef<number>(undefined)
  const told = useRef(tell)
  useEffect(() => {
    told.current = tell
  })
  useEffect(() => {
    if (!mark.data) return undefined
    if (!first.current) {
      first.current = mark.data
      return undefined
    }
    if (first.current === mark.data) return undefined
    const wait = setTimeout(
      () => {
        first.current = mark.data
        told.current()
      },
      Math.max(300, 5_000 - (mark.data - first.current)),
    )
    return () => clearTimeout(wait)
  }, [mark.data])
}
