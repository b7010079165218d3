import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Card, Checkbox, Form, Result, Select, Space, Tag, Typography } from 'antd'
import type { Dayjs } from 'dayjs'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { usePost } from '../../ui/names'
import { Failed, Loading, Nothing } from '../../ui/states'
import { TimeInput } from '../../ui/TimeInput'
import { onTheWall, wallOf } from '../../ui/wall'
import { useAppointments, useOwed } from './data'
import { keeping, mayAppoint, watching } from './may'
import { PersonSelect } from './PersonSelect'
import { Owes } from './Posts'

type Reason = Schemas['HandoverBody']['reason']
const reasons: Reason[] = ['transferred', 'retired', 'resigned', 'term_ended', 'removed', 'other']

interface Plan {
  reason?: Reason
  at?: Dayjs
  deactivate?: boolean
}

/** Somebody leaves: every post to a successor, or vacant, in one go. */
export function Handover() {
  const { t } = useTranslation(['people', 'common'])
  const me = useMe()
  const post = usePost()
  const queries = useQueryClient()
  const [filters, change] = useFilters(['person'] as const)
  const all = useAppointments()
  const [to, setTo] = useState<Record<string, string | undefined>>({})
  const [plan, setPlan] = useState<Plan>({})
  const person = filters.person
  const held = useMemo(
    () => (person ? all.items.flatMap((a) => a.people.filter((p) => p.person === person).map((p) => ({ post: a.post, deputy: p.deputy, name: p.name, others: a.people.filter((o) => o.person !== person) }))) : []),
    [all.items, person],
  )
  const mine = held.filter((h) => mayAppoint(me, h.post))
  const watches = hasRole(me, ...watching)
  const owed = useOwed(mine.map((h) => h.post), watches)
  const body = (preview: boolean) => ({
    person: person ?? '',
    reason: plan.reason ?? 'other',
    at: plan.at && onTheWall(plan.at),
    deactivate: plan.at ? undefined : plan.deactivate,
    posts: mine.map((h) => ({ post: h.post, successor: to[h.post] })),
    preview,
  })
  const preview = useMutation({ mutationFn: () => ask(api.POST('/api/v1/handovers', { body: body(true) })) })
  const send = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/handovers', { body: body(false) })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['list'] }),
  })
  function again(next: { to?: typeof to; plan?: Plan }) {
    if (next.to) setTo(next.to)
    if (next.plan) setPlan(next.plan)
    preview.reset()
    send.reset()
  }
  const name = held[0]?.name ?? ''
  if (send.data) {
    return (
      <Result
        status="success"
        title={plan.at ? t('handedAt', { at: plan.at.format('YYYY-MM-DD HH:mm') }) : t('handed')}
        subTitle={t('handedHelp')}
        extra={
          <Button
            type="primary"
            onClick={() => {
              again({ to: {}, plan: {} })
              change({ person: undefined })
            }}
          >
            {t('handoverNext')}
          </Button>
        }
      >
        <Outcome rows={send.data.items} />
      </Result>
    )
  }
  return (
    <div style={{ maxWidth: 860 }}>
      <Typography.Paragraph type="secondary">{t('handoverHelp')}</Typography.Paragraph>
      <Form layout="vertical">
        <Form.Item label={t('leaver')} htmlFor="leaver">
          <PersonSelect
            id="leaver"
            label={t('leaver')}
            value={person}
            onChange={(p) => {
              again({ to: {}, plan: {} })
              change({ person: p })
            }}
          />
        </Form.Item>
      </Form>
      {person && all.loading && <Loading rows={4} />}
      {all.error ? <Failed error={all.error} again={() => void all.refetch()} /> : null}
      {person && !all.loading && held.length === 0 && <Nothing text={t('holdsNothing')} />}
      {!all.loading && mine.length > 0 && (
        <>
          {mine.map((h) => {
            const stand = h.others.find((o) => o.deputy && o.active)
            return (
              <Card key={h.post + h.deputy} size="small" style={{ marginBottom: 8 }} title={<>{post(h.post)} {h.deputy && <Tag>{t('deputy')}</Tag>}</>}>
                {watches && !h.deputy && <Owes of={owed.data?.get(h.post)} post={h.post} />}
                <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', marginTop: 8 }}>
                  <div style={{ flex: '1 1 260px', minWidth: 0 }}>
                    <PersonSelect
                      label={t('successorOf', { post: post(h.post) })}
                      placeholder={t('leftVacant')}
                      allowClear
                      value={to[h.post]}
                      but={[person ?? '', me.person]}
                      onChange={(p) => again({ to: { ...to, [h.post]: p } })}
                    />
                  </div>
                  {stand && !h.deputy && to[h.post] !== stand.person && stand.person !== me.person && (
                    <Button onClick={() => again({ to: { ...to, [h.post]: stand.person } })}>{t('toDeputy', { name: stand.name })}</Button>
                  )}
                </div>
              </Card>
            )
          })}
          {held.length > mine.length && <Alert type="info" showIcon title={t('notYoursHeld', { posts: held.filter((h) => !mayAppoint(me, h.post)).map((h) => post(h.post)).join(t('common:mark.semicolon')) })} style={{ marginBottom: 12 }} />}
          <Form layout="vertical">
            <Form.Item label={t('reason')} htmlFor="reason" required>
              <Select
                id="reason"
                aria-label={t('reason')}
                placeholder={t('reason')}
                value={plan.reason}
                onChange={(reason: Reason) => again({ plan: { ...plan, reason } })}
                options={reasons.map((r) => ({ value: r, label: t(`reasons.${r}`) }))}
              />
            </Form.Item>
            <Form.Item label={t('effective')} htmlFor="effective" extra={t('effectiveHelp')}>
              <TimeInput
                id="effective"
                minDate={wallOf()}
                placeholder={t('atOnce')}
                value={plan.at}
                onChange={(at) => again({ plan: { ...plan, at: at ?? undefined } })}
              />
            </Form.Item>
            {hasRole(me, ...keeping) && !plan.at && (
              <Form.Item>
                <Checkbox checked={plan.deactivate} onChange={(e) => again({ plan: { ...plan, deactivate: e.target.checked } })}>{t('deactivateToo')}</Checkbox>
              </Form.Item>
            )}
          </Form>
          {preview.error ? <Failed error={preview.error} again={() => preview.mutate()} /> : null}
          {preview.data && (
            <>
              <h2 style={{ fontSize: 16 }}>{t('preview', { name })}</h2>
              <Outcome rows={preview.data.items} />
              {send.error ? <Failed error={send.error} /> : null}
            </>
          )}
          <Space style={{ marginTop: 12 }}>
            {preview.data && preview.data.items.every((r) => !r.refused) ? (
              <Button type="primary" danger loading={send.isPending} onClick={() => send.mutate()}>{t('carryOut')}</Button>
            ) : (
              <Button type="primary" disabled={!plan.reason} loading={preview.isPending} onClick={() => preview.mutate()}>{t('showPreview')}</Button>
            )}
          </Space>
        </>
      )}
    </div>
  )
}

/** What becomes of each post. */
function Outcome({ rows }: { rows: Schemas['HandedPost'][] }) {
  const { t } = useTranslation('people')
  const post = usePost()
  return (
    <ul style={{ listStyle: 'none', padding: 0, margin: '0 0 12px', textAlign: 'start' }} aria-label={t('result')}>
      {rows.map((r) => (
        <li key={r.post} style={{ padding: '6px 0' }}>
          <strong>{post(r.post)}</strong> {r.deputy && <Tag>{t('deputy')}</Tag>}
          {r.refused ? (
            <Alert type="error" showIcon title={r.refused} />
          ) : (
            <div>
              {r.successor ? t('goesTo', { name: r.name }) : r.deputy ? t('noDeputyThen') : t('fallsVacant')}
              {t('common:mark.colon')}
              {r.told.length ? t('toldThen', { names: r.told.join(t('common:mark.list')) }) : t('toldNobody')}
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

