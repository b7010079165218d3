import { Card } from 'antd'
import { lazy, Suspense, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { worklistOf } from '../../ui/behind'
import { Loading, Nothing } from '../../ui/states'
import { useSpan } from '../../ui/time'
import { useWord } from '../../ui/words'
import type { Figures } from '.'
import { Figure, Table } from './Table'

const Chart = lazy(() => import('./Chart'))

const followed = ['acknowledged', 'ended', 'waiting'] as const
const colours: Record<(typeof followed)[number], [string, string]> = { acknowledged: ['#1668dc', '#69b1ff'], ended: ['#237804', '#73d13d'], waiting: ['#cf1322', '#ff7875'] }

/** How often each rung was told, and what followed. */
export function Ladder({ of }: { of: Figures }) {
  const { t } = useTranslation('supervision')
  const word = useWord()
  const span = useSpan()
  const own = of.scope === 'own'
  const rows = of.ladder
  const names = useMemo(() => rows.map((r) => word(`rung.${r.rung}`)), [rows, word])
  const series = useMemo(() => followed.map((k) => ({ name: t(`followed.${k}`), colour: colours[k], values: rows.map((r) => r[k]) })), [rows, t])
  const to = (rung: string, what?: string) => (own ? worklistOf({ rung, followed: what, from: of.period.from, to: of.period.to, town: of.town }) : undefined)
  return (
    <Card title={<h2>{t('ladder')}</h2>}>
      {rows.length === 0 ? (
        <Nothing text={t('nothingTold')} />
      ) : (
        <>
          <div className="chart">
            <Suspense fallback={<Loading rows={4} />}>
              <Chart label={t('ladder')} rows={names} series={series} />
            </Suspense>
          </div>
          <Table
            caption={t('ladder')}
            head={[t('rung'), t('reached'), ...followed.map((k) => t(`followed.${k}`)), t('untilActed')]}
            rows={rows.map((r) => {
              const name = word(`rung.${r.rung}`)
              return {
                key: r.rung,
                cells: [
                  name,
                  <Figure key="reached" n={r.reached} to={to(r.rung)} label={`${name} ${t('reached')}`} />,
                  ...followed.map((k) => <Figure key={k} n={r[k]} to={to(r.rung, k)} label={`${name} ${t(`followed.${k}`)}`} />),
                  r.median_s === null || r.median_s === undefined ? '—' : span(r.median_s * 1000),
                ],
              }
            })}
          />
        </>
      )}
    </Card>
  )
}
