import { Card } from 'antd'
import { lazy, Suspense, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { worklistOf } from '../../ui/behind'
import { Risk } from '../../ui/risk'
import { Loading, Nothing } from '../../ui/states'
import { useSpan } from '../../ui/time'
import { useLabel } from '../../ui/words'
import { colourOf, useRules, useSpanWord } from '../rules/rules'
import type { Figures } from '.'
import { Figure, Table } from './Table'

const Chart = lazy(() => import('./Chart'))

const results = ['in_time', 'late', 'overdue', 'running', 'released'] as const
const colours: Record<(typeof results)[number], [string, string]> = {
  in_time: ['#237804', '#73d13d'], late: ['#ad6800', '#ffc53d'], overdue: ['#cf1322', '#ff7875'], running: ['#1668dc', '#69b1ff'], released: ['#6b6b6b', '#a6a6a6'],
}

/** How long it took from report to 研判 and police report, and from 受案 to feedback, against the limits. */
export function Promises({ of }: { of: Figures }) {
  const { t } = useTranslation('supervision')
  const label = useLabel()
  const span = useSpan()
  const navigate = useNavigate()
  const own = of.scope === 'own'
  const rows = of.promises
  const names = useMemo(() => rows.map((r) => label(r.name)), [rows, label])
  const series = useMemo(() => results.map((k) => ({ name: t(`results.${k}`), colour: colours[k], values: rows.map((r) => r[k]) })), [rows, t])
  const to = (key: string, result: string) => (own ? worklistOf({ key, result, from: of.period.from, to: of.period.to, town: of.town }) : undefined)
  const time = (seconds: number | null | undefined) => (seconds === null || seconds === undefined ? '—' : span(seconds * 1000))
  return (
    <Card title={<h2>{t('promises')}</h2>}>
      {rows.every((r) => r.total === 0) ? (
        <Nothing text={t('nothingPromised')} />
      ) : (
        <>
          <div className="chart">
            <Suspense fallback={<Loading rows={4} />}>
              <Chart
                label={t('promises')}
                rows={names}
                series={series}
                open={own ? (row, s) => {
                  const r = rows[row]
                  const k = results[s]
                  if (r && k) void navigate(worklistOf({ key: r.key, result: k, from: of.period.from, to: of.period.to, town: of.town }))
                } : undefined}
              />
            </Suspense>
          </div>
          <Table
            caption={t('promises')}
            head={[t('promise'), t('limit'), t('results.any'), ...results.map((k) => t(`results.${k}`)), t('share'), t('median'), t('p90')]}
            rows={rows.map((r) => ({
              key: r.key,
              cells: [
                label(r.name),
                <Limit key="limit" duty={r.key} />,
                <Figure key="any" n={r.total} to={to(r.key, 'any')} label={`${label(r.name)} ${t('results.any')}`} />,
                ...results.map((k) => <Figure key={k} n={r[k]} to={to(r.key, k)} label={`${label(r.name)} ${t(`results.${k}`)}`} />),
                r.share === null || r.share === undefined ? '—' : `${(r.share * 100).toFixed(1)}%`,
                time(r.median_s),
                time(r.p90_s),
              ],
            }))}
          />
        </>
      )}
    </Card>
  )
}

/** How long new cases have for a duty, by colour where that differs. */
function Limit({ duty }: { duty: string }) {
  const { t } = useTranslation('supervision')
  const length = useSpanWord()
  const rows = useRules().data?.deadlines.filter((d) => d.id.split('/')[0] === duty) ?? []
  if (rows.length === 0) return '—'
  return rows
    .toSorted((a, b) => Number(!colourOf(a)) - Number(!colourOf(b)))
    .map((d) => {
      const colour = colourOf(d)
      return <div key={d.id} style={{ whiteSpace: 'nowrap' }}>{colour ? <Risk colour={colour} /> : rows.length > 1 ? t('otherColours') : ''} {length(d.span)}</div>
    })
}
