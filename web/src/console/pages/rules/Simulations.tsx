import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Card, DatePicker, Progress, Space, Typography } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, newKey, type Schemas } from '../../../api/client'
import { usePost } from '../../ui/names'
import { Failed, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { onTheWall, wallOf } from '../../ui/wall'
import { useWord } from '../../ui/words'

/** What a draft would have made of past cases: asked for, watched, stopped, read. */
export function Simulations({ of }: { of: Schemas['RuleDraft'] }) {
  const { t } = useTranslation('rules')
  const queries = useQueryClient()
  const [key, setKey] = useState(newKey)
  const [range, setRange] = useState<[Dayjs, Dayjs]>(() => [wallOf().subtract(1, 'year').startOf('day'), wallOf().add(1, 'day').startOf('day')])
  const open = of.status === 'draft' || of.status === 'submitted' || of.status === 'approved'
  const last = of.simulations[0]
  const start = useMutation({
    mutationFn: () =>
      ask(api.POST('/api/v1/rules/drafts/{id}/simulations', { params: { path: { id: of.id }, header: { 'Idempotency-Key': key } }, body: { revision: of.revision, from: onTheWall(range[0]), to: onTheWall(range[1]) } })),
    onSuccess: () => {
      setKey(newKey())
      void queries.invalidateQueries({ queryKey: ['list', 'rule-draft', of.id] })
    },
  })
  return (
    <Card size="small" title={t('sim.title')}>
      <p style={{ marginTop: 0 }}>{t('sim.about')}</p>
      {open && (
        <Space wrap style={{ marginBottom: 12 }}>
          <DatePicker.RangePicker aria-label={t('sim.period')} allowClear={false} value={range} onChange={(v) => { if (v?.[0] && v[1]) setRange([v[0].startOf('day'), v[1].startOf('day')]) }} />
          <Button type="primary" loading={start.isPending} disabled={last?.status === 'running'} onClick={() => start.mutate()}>{t('sim.start')}</Button>
        </Space>
      )}
      {start.error ? <Failed error={start.error} /> : null}
      {last && last.revision !== of.revision && <Alert type="warning" showIcon title={t('sim.older')} style={{ marginBottom: 12 }} />}
      {last && <Simulation key={last.id} id={last.id} />}
    </Card>
  )
}

function Simulation({ id }: { id: string }) {
  const { t } = useTranslation('rules')
  const queries = useQueryClient()
  const sim = useQuery({
    queryKey: ['list', 'rule-simulation', id],
    queryFn: () => ask(api.GET('/api/v1/rules/simulations/{id}', { params: { path: { id } } })),
    refetchInterval: (q) => (q.state.data?.status === 'running' ? 1000 : false),
  })
  const cancel = useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/rules/simulations/{id}', { params: { path: { id } } })),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['list', 'rule-simulation', id] }),
  })
  return (
    <Shown of={sim} rows={3}>
      {(s) => (
        <>
          <Typography.Text type="secondary">{t('sim.of')} <Moment at={s.from} withTime={false} /> – <Moment at={s.to} withTime={false} /></Typography.Text>
          {s.status === 'running' && (
            <Space wrap style={{ width: '100%' }}>
              <Progress aria-label={t('sim.progress')} percent={s.total ? Math.floor((100 * s.done) / s.total) : 0} style={{ minWidth: 220 }} />
              <span role="status">{t('sim.counted', { done: s.done, total: s.total })}</span>
              <Button size="small" loading={cancel.isPending} onClick={() => cancel.mutate()}>{t('sim.cancel')}</Button>
            </Space>
          )}
          {s.status === 'cancelled' && <Alert type="warning" showIcon title={t('sim.cancelled', { done: s.done, total: s.total })} style={{ margin: '8px 0' }} />}
          {s.status === 'done' && <Result of={s} />}
        </>
      )}
    </Shown>
  )
}

function Result({ of }: { of: Schemas['RuleSimulation'] }) {
  const { t } = useTranslation('rules')
  const word = useWord()
  const post = usePost()
  const r = of.result
  const name = (rule: string) => word(`rule.${rule.split('/')[0]}`, `obligation.${rule.split('/')[0]}`)
  return (
    <section aria-label={t('sim.result')}>
      <p role="status">{t('sim.done', { cases: of.done, deadlines: r.deadlines, others: r.others })}</p>
      {r.deadlines === 0 ? (
        <p>{t('sim.nothing')}</p>
      ) : (
        <>
          <ul style={{ paddingInlineStart: 20 }}>
            <li>{t('sim.earlier', { count: r.earlier })}</li>
            <li>{t('sim.later', { count: r.later })}</li>
            <li>{t('sim.overdue', { before: r.overdue_before, after: r.overdue_after })}</li>
            <li>{t('sim.rungs', { before: r.rungs_before, after: r.rungs_after })}</li>
          </ul>
          <Typography.Title level={3} style={{ fontSize: 15 }}>{t('sim.byPost')}</Typography.Title>
          {r.posts.length === 0 ? <p>{t('sim.noPosts')}</p> : (
            <ul style={{ paddingInlineStart: 20 }}>
              {r.posts.slice(0, 20).map((p) => <li key={p.post}>{post(p.post)}{t('common:mark.colon')}{t('sim.times', { before: p.before, after: p.after, change: p.after > p.before ? `+${p.after - p.before}` : String(p.after - p.before) })}</li>)}
            </ul>
          )}
          <Typography.Title level={3} style={{ fontSize: 15 }}>{t('sim.examples')}</Typography.Title>
          {r.examples.length === 0 ? <p>{t('sim.noExamples')}</p> : (
            <ul style={{ paddingInlineStart: 20 }}>
              {r.examples.map((e) => (
                <li key={`${e.case}${e.key}${e.start}`}>
                  <Link to={`/cases/${e.case}`}>{of.numbers[e.case]}</Link> {name(e.rule)}: <Moment at={e.before} /> → <Moment at={e.after} />
                  {e.overdue_before !== e.overdue_after ? ` · ${t(e.overdue_after ? 'sim.nowLate' : 'sim.notLate')}` : ''} · {t('sim.alerts', { before: e.rungs_before, after: e.rungs_after })}
                </li>
              ))}
            </ul>
          )}
          <p className="rules-muted">{t('sim.limits')}</p>
        </>
      )}
    </section>
  )
}
