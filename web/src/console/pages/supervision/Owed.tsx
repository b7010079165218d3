import { Card, Segmented, Typography } from 'antd'
import { lazy, Suspense, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { worklistOf, type Behind } from '../../ui/behind'
import { useDirectory, usePlace, usePost } from '../../ui/names'
import { Loading, Nothing } from '../../ui/states'
import type { Figures } from '.'
import { Figure, Table } from './Table'

const Chart = lazy(() => import('./Chart'))

const columns = ['today', 'at_risk', 'overdue', 'stopped', 'open'] as const
const bars = ['overdue', 'at_risk'] as const
const colours: Record<(typeof bars)[number], [string, string]> = { overdue: ['#cf1322', '#ff7875'], at_risk: ['#ad6800', '#ffc53d'] }
const mostBars = 15

type By = 'towns' | 'departments' | 'posts'

/** What is owed now by town, department and post: in the order of their names, which is no ranking. */
export function Owed({ of }: { of: Figures }) {
  const { t } = useTranslation('supervision')
  const [by, setBy] = useState<By>('towns')
  const place = usePlace()
  const post = usePost()
  const { data: directory } = useDirectory()
  const navigate = useNavigate()
  const own = of.scope === 'own'
  const rows = useMemo(() => {
    const unit = (name: string) => directory?.units.find((u) => u.name === name)?.title ?? name
    const at = (name: string, figures: Figures['now'], filters: Behind) => ({ name, figures, filters })
    if (by === 'departments') return of.departments.map((d) => at(unit(d.unit), d, { unit: d.unit, town: of.town }))
    if (by === 'posts') return of.posts.map((p) => at(post(p.post), p, { post: p.post, town: of.town }))
    return of.towns.map((o) => (o.town.endsWith('000000') ? at(t('cityOnly'), o, { town: o.town, exact: '1' }) : at(place(o.town), o, { town: of.town && !of.town.endsWith('000') ? of.town : o.town })))
  }, [by, of, directory, place, post, t])
  const telling = useMemo(() => rows.filter((r) => bars.some((b) => r.figures[b])), [rows])
  const charted = useMemo(() => telling.slice(0, mostBars), [telling])
  const names = useMemo(() => charted.map((r) => r.name), [charted])
  const series = useMemo(() => bars.map((b) => ({ name: t(`columns.${b}`), colour: colours[b], values: charted.map((r) => r.figures[b] ?? null) })), [charted, t])
  const to = (filters: Behind, due: string) => (own ? worklistOf({ ...filters, due: due === 'open' ? 'all' : due }) : undefined)
  const shown = own ? columns : columns.slice(0, 3)
  return (
    <Card
      title={<h2>{t('owed')}</h2>}
      extra={<Segmented<By> className="no-print" aria-label={t('owedBy')} value={by} onChange={setBy} options={(own ? (['towns', 'departments', 'posts'] as const) : (['towns', 'departments'] as const)).map((b) => ({ value: b, label: t(`by.${b}`) }))} />}
    >
      {rows.length === 0 ? (
        <Nothing text={t('nothingOwed')} />
      ) : (
        <>
          {charted.length > 0 && (
            <div className="chart">
              <Suspense fallback={<Loading rows={4} />}>
                <Chart
                  label={t('owedChart', { by: t(`by.${by}`) })}
                  rows={names}
                  series={series}
                  open={own ? (row, s) => {
                    const r = charted[row]
                    const b = bars[s]
                    if (r && b) void navigate(worklistOf({ ...r.filters, due: b }))
                  } : undefined}
                />
              </Suspense>
              {telling.length > mostBars && <Typography.Text type="secondary">{t('chartCut', { shown: mostBars, all: telling.length })}</Typography.Text>}
            </div>
          )}
          <Table
            caption={t('owedTable', { by: t(`by.${by}`) })}
            head={[t(`of.${by}`), ...shown.map((c) => t(`columns.${c}`))]}
            rows={rows.map((r) => ({
              key: r.name,
              cells: [r.name, ...shown.map((c) => <Figure key={c} n={r.figures[c]} to={to(r.filters, c)} label={`${r.name} ${t(`columns.${c}`)}`} />)],
            }))}
          />
        </>
      )}
    </Card>
  )
}
