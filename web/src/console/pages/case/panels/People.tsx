import { EyeInvisibleOutlined, LockOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, Descriptions, Space, Tag, Typography } from 'antd'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../../api/client'
import { hasRole, useMe, type Role } from '../../../session'
import { usePost } from '../../../ui/names'
import { Nothing, Shown } from '../../../ui/states'
import { Moment } from '../../../ui/time'
import { useWord } from '../../../ui/words'
import type { Case } from '../data'
import { useStep } from './act'
import { BreakGlass } from './BreakGlass'
import { Grant } from './Grant'
import { Reason } from './Reason'
import { Review } from './Review'

/** Who it is about and who reported, as far as the reader may know; how what is sealed is opened, and to whom it is. */
export function People({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const me = useMe()
  const [breaking, setBreaking] = useState(false)
  const [lending, setLending] = useState(false)
  const mayBreak = hasRole(me, 'head', 'bureau') || of.allowed.includes('break_glass')
  return (
    <Space orientation="vertical" size={12} style={{ width: '100%' }}>
      {of.erased_at && <Alert type="warning" showIcon title={t('people.erased')} />}
      {of.openings?.map((o) => (
        <Alert
          key={o.id}
          type="warning"
          showIcon
          icon={<LockOutlined />}
          title={<>{t('glass.open', { parts: o.compartments.map((c) => t(`part.${c}`)).join(t('common:mark.list')) })} <Moment at={o.until} seconds /></>}
          description={t('glass.openHelp')}
        />
      ))}
      <Child of={of} />
      <Narrative of={of} />
      {of.kind === 'report' && <Reporter of={of} />}
      <Sealed of={of} />
      {!of.erased_at && (mayBreak || of.allowed.includes('grant_access')) && (
        <Space wrap className="no-print">
          {of.allowed.includes('grant_access') && <Button onClick={() => setLending(true)}>{t('grant.title')}</Button>}
          {mayBreak && <Button danger icon={<LockOutlined />} onClick={() => setBreaking(true)}>{t('glass.title')}</Button>}
        </Space>
      )}
      <Grants of={of} />
      {hasRole(me, 'head', 'bureau', 'body') && <Glasses of={of} />}
      {breaking && <BreakGlass of={of} close={() => setBreaking(false)} />}
      {lending && <Grant of={of} close={() => setLending(false)} />}
    </Space>
  )
}

interface Item {
  key: string
  label: string
  children: ReactNode
}

function Facts({ title, items, extra }: { title: string; items: (Item | false)[]; extra?: ReactNode }) {
  return (
    <Card size="small" title={title} extra={extra}>
      <Descriptions column={{ xs: 1, md: 2, xl: 3 }} size="small" items={items.filter((i) => !!i)} />
    </Card>
  )
}

/** A part of the file that the reader does not read: that it is there, and who does. */
function Closed({ part }: { part: string }) {
  const { t } = useTranslation('panels')
  return (
    <Card size="small" title={<><EyeInvisibleOutlined /> {t(`part.${part}`)}</>}>
      <Typography.Text>{t('people.sealed')}</Typography.Text>
      <div><Typography.Text type="secondary">{t(`people.openedBy.${part}`)}</Typography.Text></div>
    </Card>
  )
}

function Child({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const child = of.child
  if (!child) return of.erased_at ? null : <Closed part="child" />
  const text = (key: string, value?: string | number | null): Item | false => value !== undefined && value !== null && value !== '' && { key, label: t(`child.${key}`), children: value }
  return (
    <Facts
      title={t('part.child')}
      items={[
        text('name', child.name),
        text('sex', child.sex && t(`sex.${child.sex}`)),
        text('age', child.age !== undefined && child.age !== null ? t('years', { count: child.age }) : undefined),
        text('id_type', child.id_type && t(`idType.${child.id_type}`)),
        text('id_number', child.id_number),
        text('phone', child.phone),
        text('school', child.school),
        text('address', child.address),
        text('contact', child.contact && t(`contact.${child.contact}`)),
        text('guardian', child.guardian),
        text('guardian_phone', child.guardian_phone),
      ]}
    />
  )
}

function Narrative({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const told = of.narrative
  if (!told) return of.erased_at || of.kind !== 'report' ? null : <Closed part="narrative" />
  const text = (key: string, value?: string): Item | false => !!value && { key, label: t(`narrative.${key}`), children: <span style={{ whiteSpace: 'pre-wrap' }}>{value}</span> }
  return <Facts title={t('part.narrative')} items={[text('text', told.text), text('place', told.place), text('suspect', told.suspect), text('police_receipt', told.police_receipt), text('police_reason', told.police_reason)]} />
}

function Reporter({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const post = usePost()
  const who = of.reporter
  if (!who) return of.erased_at ? null : <Closed part="reporter" />
  const text = (key: string, value?: string): Item | false => !!value && { key, label: t(`reporter.${key}`), children: value }
  return (
    <Facts
      title={t('part.reporter')}
      extra={<Tag color="red">{t('people.neverPassOn')}</Tag>}
      items={[
        text('name', who.name ?? (who.entry === 'child_help' ? t('reporter.child') : t('reporter.anonymous'))),
        text('phone', who.phone),
        text('contact', who.contact && t(`contact.${who.contact}`)),
        text('unit', who.unit),
        text('position', who.position),
        text('post', who.post && post(who.post)),
        text('personal', who.personal ? t('reporter.personalYes') : undefined),
      ]}
    />
  )
}

// Who reads these parts by role, as cases/role.go says; there is nothing of them on this page to tell it by.
const readers: Record<string, Role[]> = { medical: ['manager', 'head', 'shelter', 'social_worker'], address: ['manager', 'head', 'shelter'] }

function Sealed({ of }: { of: Case }) {
  const me = useMe()
  const mine = new Set(me.posts.map((p) => p.post))
  const open = (part: string) =>
    hasRole(me, ...(readers[part] ?? [])) ||
    of.openings?.some((o) => o.compartments.includes(part)) ||
    of.grants?.some((g) => g.compartments.includes(part) && mine.has(g.post) && (!g.person || g.person === me.person))
  const closed = Object.keys(readers).filter((part) => !open(part))
  if (of.erased_at || closed.length === 0) return null
  return <div style={{ display: 'flex', flexDirection: 'column', gap: 12 }}>{closed.map((part) => <Closed key={part} part={part} />)}</div>
}

function Grants({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const post = usePost()
  const grants = of.grants ?? []
  if (grants.length === 0) return null
  return (
    <Card size="small" title={t('grant.list')}>
      {grants.map((g) => (
        <div key={g.id} style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center', paddingBlock: 4 }}>
          <span style={{ flex: '1 1 240px', minWidth: 0 }}>
            <strong>{post(g.post)}</strong> {g.compartments.map((c) => t(`part.${c}`)).join(t('common:mark.list'))}
            <div><Typography.Text type="secondary">{t('grant.until')} <Moment at={g.until} /> · {t('grant.by', { by: post(g.by.post) })}</Typography.Text></div>
          </span>
          {of.allowed.includes('revoke_access') && <Revoke of={of} grant={g.id} />}
        </div>
      ))}
    </Card>
  )
}

function Revoke({ of, grant }: { of: Case; grant: string }) {
  const { t } = useTranslation('panels')
  const [asking, setAsking] = useState(false)
  const take = useStep(of, 'revoke_access', () => setAsking(false))
  return (
    <>
      <Button danger onClick={() => setAsking(true)}>{t('grant.revoke')}</Button>
      {asking && <Reason title={t('grant.revoke')} help={t('grant.revokeHelp')} busy={take.isPending} error={take.error} close={() => setAsking(false)} give={(reason) => take.mutate({ grant, reason })} />}
    </>
  )
}

function Glasses({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const asked = useQuery({ queryKey: ['glasses', of.id], queryFn: () => ask(api.GET('/api/v1/break-glass', { params: { query: { case: of.id, limit: 100 } } })) })
  return (
    <Card size="small" title={t('glass.list')}>
      <Shown of={asked} rows={2}>
        {(list) => (list.items.length === 0 ? <Nothing text={t('glass.none')} /> : list.items.map((g) => <GlassRow key={g.id} of={of} glass={g} />))}
      </Shown>
    </Card>
  )
}

function GlassRow({ of, glass: g }: { of: Case; glass: Schemas['Glass'] }) {
  const { t } = useTranslation('panels')
  const me = useMe()
  const post = usePost()
  const word = useWord()
  const [reviewing, setReviewing] = useState(false)
  const review = g.review
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center', paddingBlock: 6 }}>
      <span style={{ flex: '1 1 260px', minWidth: 0, overflowWrap: 'anywhere' }}>
        <strong>{post(g.reader.post)}</strong> {g.compartments.map((c) => t(`part.${c}`)).join(t('common:mark.list'))} {g.open && <Tag color="red">{t('glass.reading')}</Tag>}
        <div><Typography.Text type="secondary"><Moment at={g.began} seconds /> – <Moment at={g.until} seconds /> · {word(`enum.grounds.${g.grounds}`)}</Typography.Text></div>
        {g.reason && <div style={{ whiteSpace: 'pre-wrap' }}>{g.reason}</div>}
        <div>
          {g.approver ? (
            <Tag color="green">{t('glass.agreed', { by: post(g.approver.post) })}</Tag>
          ) : review?.at ? (
            <Tag color={review.verdict === 'justified' ? 'green' : 'red'}>{t('glass.reviewed', { by: post(review.post), verdict: word(`enum.verdict.${review.verdict}`) })}</Tag>
          ) : review ? (
            <Tag color={review.overdue ? 'red' : undefined}>{t('glass.toReview', { by: post(review.post) })} <Moment at={review.due} /></Tag>
          ) : null}
        </div>
      </span>
      {review && !review.at && g.reader.person !== me.person && of.allowed.includes('review_glass') && (
        <Button type="primary" onClick={() => setReviewing(true)}>{t('glass.review')}</Button>
      )}
      {reviewing && <Review of={of} glass={g.id} close={() => setReviewing(false)} />}
    </div>
  )
}
