import { Alert, Button, Segmented, Typography } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { Shown } from '../../ui/states'
import { wallOf } from '../../ui/wall'
import { Import } from './Import'
import { useReach, useRules } from './rules'

type Kind = 'workday' | 'weekend' | 'holiday' | 'makeup'

/** What a day is by the tables; where none covers it, by plain weekends. */
function kindOf(date: dayjs.Dayjs, off: ReadonlySet<string>, work: ReadonlySet<string>): Kind {
  const day = date.format('YYYY-MM-DD')
  if (off.has(day)) return 'holiday'
  if (work.has(day)) return 'makeup'
  return date.day() === 0 || date.day() === 6 ? 'weekend' : 'workday'
}

/** A year's working days, holidays and make-up working days, and what is not published yet. */
export default function YearView() {
  const { t } = useTranslation('rules')
  const rules = useRules()
  const may = hasRole(useMe(), 'system_admin')
  const [importing, setImporting] = useState(false)
  return (
    <>
      {may && <Button className="no-print" style={{ marginBottom: 12 }} onClick={() => setImporting(true)}>{t('import.button')}</Button>}
      <Shown of={rules} rows={10}>{(r) => <Years of={r.calendar} title={t('calendar.title')} />}</Shown>
      {importing && <Import close={() => setImporting(false)} />}
    </>
  )
}

export function Years({ of, title }: { of: Schemas['Calendar']; title: string }) {
  const { t } = useTranslation('rules')
  const [{ year }, change] = useFilters(['year'] as const)
  const first = Number(of.from.slice(0, 4))
  const now = wallOf().year()
  const last = Math.max(Number(of.to.slice(0, 4)), now) + 1
  const years = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const shown = years.includes(Number(year)) ? Number(year) : Math.min(Math.max(now, first), last)
  return (
    <>
      <Missing of={of} />
      <div className="no-print" style={{ marginBottom: 12 }}>
        <Segmented aria-label={t('calendar.year')} value={shown} options={years.map((y) => ({ value: y, label: t('calendar.yearName', { year: y }) }))} onChange={(y) => change({ year: String(y) })} />
      </div>
      <Year of={of} year={shown} title={title} />
      <Typography.Paragraph type="secondary" style={{ marginTop: 12 }}>
        {t('calendar.sources')}{of.sources.join(t('common:mark.semicolon'))}{t('calendar.extent', { from: of.from, to: of.to })}
      </Typography.Paragraph>
    </>
  )
}

/** The alarm: next year's table is missing. It is loud once deadlines reach beyond the tables. */
function Missing({ of }: { of: Schemas['Calendar'] }) {
  const { t } = useTranslation('rules')
  const reach = useReach()
  const end = dayjs(of.to)
  const reaching = reach.data?.reaching ?? false
  const count = reach.data?.provisional_deadlines
  const near = end.diff(wallOf(), 'day') < 92
  if (!reaching && !near) return null
  return (
    <Alert
      type={reaching ? 'error' : 'warning'}
      showIcon
      style={{ marginBottom: 12 }}
      title={t('calendar.missing', { year: end.add(1, 'day').year() })}
      description={reaching ? (count === undefined ? t('calendar.reachingSome') : t('calendar.reaching', { count })) : t('calendar.near', { to: of.to })}
    />
  )
}

function Year({ of, year, title }: { of: Schemas['Calendar']; year: number; title: string }) {
  const { t } = useTranslation('rules')
  const off = new Set(of.off)
  const work = new Set(of.work)
  const months = Array.from({ length: 12 }, (_, m) => dayjs(new Date(year, m, 1)))
  const covered = (d: dayjs.Dayjs) => of.from <= d.format('YYYY-MM-DD') && d.format('YYYY-MM-DD') <= of.to
  const days = months.flatMap((m) => Array.from({ length: m.daysInMonth() }, (_, i) => m.add(i, 'day')))
  const worked = (list: dayjs.Dayjs[]) => list.filter((d) => ['workday', 'makeup'].includes(kindOf(d, off, work))).length
  const known = days.every(covered)
  return (
    <section aria-label={`${title} ${year}`}>
      <p style={{ margin: '0 0 8px' }}>{t(known ? 'calendar.total' : 'calendar.totalProvisional', { count: worked(days), year })}</p>
      <div className="rules-legend" style={{ marginBottom: 12 }}>
        <span><span className="swatch rules-day-holiday">{t('calendar.offMark')}</span>{t('dayKind.holiday')}</span>
        <span><span className="swatch rules-day-makeup">{t('calendar.workMark')}</span>{t('dayKind.makeup')}</span>
        <span><span className="swatch rules-day-weekend" />{t('dayKind.weekend')}</span>
        {!known && <span><span className="swatch rules-day-unknown" />{t('calendar.unknown')}</span>}
      </div>
      <div className="rules-months">
        {months.map((m) => {
          const list = days.filter((d) => d.month() === m.month())
          const lead = (m.day() + 6) % 7 // weeks begin on Monday
          const cells = [...Array.from({ length: lead }, () => undefined), ...list]
          const weeks = Array.from({ length: Math.ceil(cells.length / 7) }, (_, w) => cells.slice(w * 7, w * 7 + 7))
          return (
            <table key={m.month()} className="rules-month">
              <caption>{t(`calendar.month.${m.month() + 1}` as 'calendar.month.1')} <span className="rules-muted" style={{ fontWeight: 400 }}>{t('calendar.workdays', { count: worked(list) })}</span></caption>
              <thead>
                <tr>{[1, 2, 3, 4, 5, 6, 7].map((d) => <th key={d} scope="col">{t(`calendar.weekday.${d}` as 'calendar.weekday.1')}</th>)}</tr>
              </thead>
              <tbody>
                {weeks.map((week, w) => (
                  <tr key={w}>
                    {Array.from({ length: 7 }, (_, i) => week[i]).map((d, i) => (d ? <Day key={d.date()} of={d} kind={kindOf(d, off, work)} covered={covered(d)} /> : <Blank key={`none${i}`} />))}
                  </tr>
                ))}
              </tbody>
            </table>
          )
        })}
      </div>
    </section>
  )
}

function Day({ of, kind, covered }: { of: dayjs.Dayjs; kind: Kind; covered: boolean }) {
  const { t } = useTranslation('rules')
  const classes = [kind === 'workday' ? '' : `rules-day-${kind}`, covered ? '' : 'rules-day-unknown', of.isSame(wallOf(), 'day') ? 'rules-day-today' : '']
  const said = [of.format('YYYY-MM-DD'), t(`dayKind.${kind}`), covered ? '' : t('calendar.unknown')].filter(Boolean).join(t('common:mark.list'))
  return (
    <td className={classes.join(' ')} title={said}>
      {of.date()}
      {kind === 'holiday' && <small>{t('calendar.offMark')}</small>}
      {kind === 'makeup' && <small>{t('calendar.workMark')}</small>}
    </td>
  )
}

function Blank() {
  const none = null
  return <td aria-hidden>{none}</td>
}
