import { Card, Descriptions, Tag, Typography } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { usePost } from '../../ui/names'
import { Due, Moment } from '../../ui/time'
import { useLabel, useWord } from '../../ui/words'
import type { Case, Obligation, Step } from './data'
import { doing } from './table'

/** The lines of work that run beside the stages, each with its own state and what is owed in it. */
export function Tracks({ of, owed, steps }: { of: Case; owed: Obligation[]; steps: Step[] }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const trackOf = (o: Obligation) => doing(o, steps)[0]?.track ?? 'main'
  const inTrack = (track: string) => owed.filter((o) => trackOf(o) === track)
  return (
    <Card size="small" title={<h2>{t('tracks.title')}</h2>} role="region" aria-label={t('tracks.title')}>
      <div className="tracks">
        <Track name={word('track.police')} owed={inTrack('police')}><Police of={of} /></Track>
        <Track name={word('track.protection')} owed={inTrack('protection')}><Protection of={of} /></Track>
        <Track name={word('track.support')} owed={inTrack('support')}><Support of={of} /></Track>
      </div>
    </Card>
  )
}

function Track({ name, owed, children }: { name: string; owed: Obligation[]; children: ReactNode }) {
  const label = useLabel()
  return (
    <section aria-label={name}>
      <h3>{name}</h3>
      {children}
      {owed.length > 0 && (
        <ul className="owed-small">
          {owed.map((o) => (
            <li key={`${o.key}/${o.occurrence}`}>
              {label(o.name)} <Due due={o.due} paused={o.paused_since} provisional={o.provisional} submitted={o.submitted} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

interface Fact {
  key: string
  label: string
  children: ReactNode
}

function Facts({ items, none }: { items: (Fact | false | undefined | '')[]; none: string }) {
  const rows = items.filter((i): i is Fact => !!i)
  if (rows.length === 0) return <Typography.Text type="secondary">{none}</Typography.Text>
  return <Descriptions size="small" column={1} items={rows} />
}

function Police({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const p = of.police
  if (!p.state) return <Typography.Text type="secondary">{t('tracks.notShown')}</Typography.Text>
  const at = (key: 'reported_at' | 'accepted_at' | 'filed_at' | 'ended_at') => p[key] && { key, label: t(`tracks.${key}`), children: <Moment at={p[key]} /> }
  return (
    <>
      <Tag color={p.state === 'none' ? 'error' : p.state === 'ended' ? 'default' : 'processing'}>{word(`police.${p.state}`)}</Tag>
      {p.merged && p.merged.length > 0 && <div>{t('tracks.mergedPolice', { count: p.merged.length })}</div>}
      <Facts none="" items={[at('reported_at'), at('accepted_at'), at('filed_at'), at('ended_at'), p.result && { key: 'result', label: t('tracks.result'), children: word(`enum.result.${p.result}`, `enum.${p.result}`) }]} />
    </>
  )
}

function Protection({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const post = usePost()
  const p = of.protection
  const at = (key: 'child_seen_at' | 'on_scene_at' | 'medical_at') => p[key] && { key, label: t(`tracks.${key}`), children: <Moment at={p[key]} /> }
  return (
    <Facts
      none={t('tracks.nothingYet')}
      items={[
        at('child_seen_at'),
        p.held_by && { key: 'held', label: t('tracks.held'), children: post(p.held_by) },
        at('on_scene_at'),
        at('medical_at'),
        p.safety_plan && { key: 'plan', label: t('tracks.plan'), children: t('tracks.made') },
        p.order_state && {
          key: 'order',
          label: t('tracks.protectionOrder'),
          children: <span>{t(`tracks.orderState.${p.order_state as 'applied'}`)}{p.order_expires && p.order_state === 'issued' ? <> · {t('tracks.until')} <Moment at={p.order_expires} withTime={false} /></> : null}</span>,
        },
        p.notice && { key: 'notice', label: t('tracks.notice'), children: t(`tracks.noticeState.${p.notice as 'safe'}`) },
      ]}
    />
  )
}

function Support({ of }: { of: Case }) {
  const { t } = useTranslation(['case', 'common'])
  const word = useWord()
  const post = usePost()
  return (
    <>
      {of.tasks.length === 0 && of.links.length === 0 && <Typography.Text type="secondary">{t('tracks.noTasks')}</Typography.Text>}
      <ul className="owed-small">
        {of.tasks.map((k) => (
          <li key={k.n}>
            {t('tracks.task', { n: k.n })} {word(`enum.measure.${k.measure}`, `enum.${k.measure}`)} · {post(k.post)} <Tag>{word(`task.${k.state}`)}</Tag>
          </li>
        ))}
        {of.links.map((l) => (
          <li key={`${l.case}/${l.relation}`}>
            {t(`tracks.link.${l.relation as 'opened'}`)}{' '}
            {l.erased ? t('glance.erased') : <Link to={`/cases/${l.case}`}>{t(`common:kind.${l.kind}`)}</Link>} <Tag>{l.open ? t('tracks.open') : t('tracks.ended')}</Tag>
          </li>
        ))}
      </ul>
    </>
  )
}
