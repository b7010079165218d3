import { LockOutlined } from '@ant-design/icons'
import { Alert, Card, Descriptions, Space, Tag, Tooltip, Typography } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { usePlace, usePost } from '../../ui/names'
import { Risk } from '../../ui/risk'
import { Due, Moment } from '../../ui/time'
import { useWord } from '../../ui/words'
import type { Case, Obligation } from './data'
import { Phases } from './Phases'

/** A case at one glance: which child as far as one may know, where it stands, who answers for it, what is due next. */
export function Glance({ of, owed }: { of: Case; owed: Obligation[] }) {
  const { t } = useTranslation(['case', 'common'])
  const word = useWord()
  const post = usePost()
  const place = usePlace()
  const next = owed.find((o) => !o.paused_since)
  const paused = owed.filter((o) => o.paused_since)
  const sealed = (text: ReactNode) => (
    <Typography.Text type="secondary">
      <LockOutlined aria-hidden /> {text}
    </Typography.Text>
  )
  return (
    <Card size="small" role="region" aria-label={t('glance.title')}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'baseline', marginBottom: 8 }}>
        <h1 className="page-title numeric" style={{ margin: 0 }}>{of.number}</h1>
        <Typography.Text>{t(`common:kind.${of.kind}`)}</Typography.Text>
        <Space size={4} wrap>
          {of.provisional_colour && <Tooltip title={t('glance.provisionalWhy')}><Tag tabIndex={0}>{t('glance.provisional')}</Tag></Tooltip>}
          {of.compartment && <Tag icon={<LockOutlined />}>{t('glance.compartment')}</Tag>}
          {paused.length > 0 && <Tag>{t('glance.paused', { count: paused.length })}</Tag>}
          {of.holds.length > 0 && <Tag>{t('glance.held')}</Tag>}
          {of.outcome && <Tag color="blue">{word(`outcome.${of.outcome}`)}</Tag>}
          {of.erased_at && <Tag>{t('glance.erased')}</Tag>}
        </Space>
      </div>
      {of.erased_at && <Alert type="info" showIcon style={{ marginBottom: 8 }} title={t('glance.erasedAt')} description={<Moment at={of.erased_at} />} />}
      <Phases of={of} />
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 2, lg: 3, xxl: 4 }}
        style={{ marginTop: 12 }}
        items={[
          { key: 'child', label: t('glance.child'), children: of.child ? <Child of={of} /> : of.erased_at ? t('glance.gone') : sealed(t('glance.sealed')) },
          {
            key: 'risk',
            label: t('glance.risk'),
            children: (
              <span>
                <Risk colour={of.colour} />
                {of.provisional_colour ? ` · ${t('glance.noPerson')}` : ''}
              </span>
            ),
          },
          { key: 'owner', label: t('glance.owner'), children: post(of.owner) },
          { key: 'next', label: t('glance.next'), children: next ? <span>{word(`obligation.${next.key.split(':')[0]}`)} <Due due={next.due} provisional={next.provisional} submitted={next.submitted} /></span> : t('glance.nothingDue') },
          { key: 'stage', label: t('glance.stage'), children: <span>{word(`stage.${of.stage}`)} · {t('glance.since')} <Moment at={of.since} /></span> },
          { key: 'place', label: t('glance.place'), children: place(of.org) },
          { key: 'opened', label: t('glance.opened'), children: <Moment at={of.opened} /> },
          { key: 'why', label: t('glance.why'), children: <Why of={of} /> },
          of.recused && of.recused.length > 0 && { key: 'recused', label: t('glance.recused'), children: of.recused.map((p) => post(p)).join(t('common:mark.list')) },
          of.retention && { key: 'retention', label: t('glance.retention'), children: of.retention.permanent || !of.retention.appraise_at ? t('glance.permanent') : <span>{t('glance.appraise')} <Moment at={of.retention.appraise_at} withTime={false} /></span> },
        ].filter((item) => !!item)}
      />
    </Card>
  )
}

function Child({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const child = of.child
  if (!child) return null
  const more = [
    child.sex && child.sex !== 'unknown' ? t(`sex.${child.sex}`) : '',
    child.age !== undefined ? t('glance.age', { count: child.age }) : '',
    child.school,
  ].filter(Boolean)
  return (
    <span>
      <strong>{child.name || t('glance.noName')}</strong>
      {more.length ? ` · ${more.join(' · ')}` : ''}
    </span>
  )
}

/** What the risk rests on: what was reported, the grounds, the danger, and who is suspected. */
function Why({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const parts = [
    ...(of.situations ?? []).map((s) => ({ key: s, text: word(`enum.${s}`), code: s })),
    ...(of.ground ? [{ key: of.ground, text: word(`enum.${of.ground}`), code: of.ground }] : []),
  ]
  return (
    <span>
      {parts.map((p) => <div key={p.key}>{p.text}</div>)}
      {of.danger && <div>{t('glance.danger')} {word(`enum.${of.danger}`)}</div>}
      {of.relation && <div>{t('glance.relation')} {word(`enum.relation.${of.relation}`, `enum.${of.relation}`)}</div>}
      {parts.length === 0 && !of.danger && !of.relation && t('glance.notShown')}
    </span>
  )
}
