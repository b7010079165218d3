import { useQuery } from '@tanstack/react-query'
import { Form, InputNumber, Select, Space, Typography } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import type { Colour } from '../../ui/codes'
import { useFilters } from '../../ui/filters'
import { Risk } from '../../ui/risk'
import { Nothing, Shown } from '../../ui/states'
import { Moment, Provisional } from '../../ui/time'
import { TimeInput } from '../../ui/TimeInput'
import { onTheWall } from '../../ui/wall'
import { ClassTag } from '../../ui/why'
import { useLabel } from '../../ui/words'
import { duties, useRules, useSpanWord } from './rules'

/** Counts one deadline before one's eyes: which day counts, which does not, and why. */
export default function Explain() {
  const rules = useRules()
  return <Shown of={rules}>{(r) => <Box rules={r} />}</Shown>
}

function Box({ rules }: { rules: Schemas['Rules'] }) {
  const { t } = useTranslation('rules')
  const label = useLabel()
  const [{ rule, risk = 'red', nth = '1', start }, change] = useFilters(['rule', 'risk', 'nth', 'start'] as const)
  const list = duties(rules.deadlines)
  const duty = list.find((d) => d.id === rule)
  const from = start && dayjs(start).isValid() ? dayjs(start) : undefined
  const counted = useQuery({
    queryKey: ['list', 'count', rules.hash, rule, risk, nth, start],
    enabled: !!duty && !!from,
    queryFn: () => ask(api.GET('/api/v1/rules/count', { params: { query: { rule: rule ?? '', risk: risk as Colour, nth: Number(nth), start: from ? onTheWall(from) : '' } } })),
  })
  return (
    <>
      <p style={{ marginTop: 0 }}>{t('count.about')}</p>
      <Form layout="vertical" className="no-print" style={{ maxWidth: 640 }}>
        <Form.Item label={t('count.rule')} htmlFor="count-rule">
          <Select id="count-rule" showSearch={{ optionFilterProp: 'label' }} value={duty?.id} onChange={(v) => change({ rule: v, nth: undefined })} options={list.map((d) => ({ value: d.id, label: label(d.rows[0]?.name) }))} placeholder={t('count.ruleHint')} />
        </Form.Item>
        <Space wrap align="start">
          {duty && duty.rows.length > 1 && (
            <Form.Item label={t('count.risk')} htmlFor="count-risk">
              <Select id="count-risk" value={risk} onChange={(v) => change({ risk: v })} options={(['red', 'yellow', 'blue', 'green'] as const).map((c) => ({ value: c, label: <Risk colour={c} /> }))} style={{ minWidth: 110 }} />
            </Form.Item>
          )}
          {duty?.rows.some((r) => r.then?.length) && (
            <Form.Item label={t('count.nth')} htmlFor="count-nth">
              <InputNumber id="count-nth" min={1} max={100} value={Number(nth)} onChange={(v) => change({ nth: v ? String(v) : undefined })} />
            </Form.Item>
          )}
          <Form.Item label={t('count.start', { what: duty?.rows[0]?.start ?? '' })} htmlFor="count-start">
            <TimeInput id="count-start" value={from} onChange={(v) => change({ start: v ? v.format('YYYY-MM-DDTHH:mm') : undefined })} minDate={dayjs('2000-01-01')} maxDate={dayjs('2099-12-31')} style={{ width: 'auto' }} />
          </Form.Item>
        </Space>
      </Form>
      {duty && from ? <Shown of={counted} rows={4}>{(c) => <Way of={c} />}</Shown> : <Nothing text={t('count.choose')} />}
    </>
  )
}

function Way({ of }: { of: Schemas['Counted'] }) {
  const { t } = useTranslation('rules')
  const span = useSpanWord()
  const last = of.days.at(-1)?.date
  const word = (d: Schemas['CountedDay'], first: boolean) => {
    if (first) return t('count.startDay')
    if (d.rolled && d.date !== last) return t('count.rolledOver', { kind: t(`dayKind.${d.kind as 'holiday'}`) })
    if (d.rolled) return t('count.rolledTo')
    if (of.span.unit === 'month' || of.span.unit === 'year') return t('count.corresponding')
    return d.n ? t('count.nthDay', { n: d.n }) : t('count.notCounted', { kind: t(`dayKind.${d.kind as 'holiday'}`) })
  }
  return (
    <section aria-label={t('count.result')}>
      <Typography.Title level={2} style={{ fontSize: 18 }}>
        {t('count.due')} <Moment at={of.due} /> {of.provisional && <Provisional />}
      </Typography.Title>
      <p>
        <ClassTag of={of.rule} /> {of.rule.source} {of.rule.article} · {t('count.span', { span: span(of.span) })} · {t(of.rule.roll === 'next_workday' ? 'rolls' : 'rollsNot')}
      </p>
      {of.days.length === 0 ? (
        <p>{t('count.exact')}</p>
      ) : (
        <ol className="rules-days" aria-label={t('count.days')}>
          {of.days.map((d, i) => (
            <li key={d.date} className={[d.kind === 'workday' ? '' : `rules-day-${d.kind}`, d.provisional ? 'rules-day-unknown' : '', d.date === last ? 'due' : ''].join(' ')}>
              <div className="numeric">{d.date} {t(`calendar.weekday.${dayjs(d.date).day() || 7}` as 'calendar.weekday.1')}</div>
              <div className="rules-muted">{word(d, i === 0)}{d.provisional ? t('count.unpublished') : ''}</div>
            </li>
          ))}
        </ol>
      )}
      <p className="rules-muted">{t('count.law')}</p>
    </section>
  )
}
