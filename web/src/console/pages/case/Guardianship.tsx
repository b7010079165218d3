import { Alert, Card, Descriptions, Progress, Space, Tag, Typography } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'

import { usePost } from '../../ui/names'
import { Moment, useNow } from '../../ui/time'
import { ClassTag } from '../../ui/why'
import { useLabel, useWord } from '../../ui/words'
import { Conferences, Placements } from './Conferences'
import type { Case, Obligation, Step } from './data'
import { StepButton } from './StepButton'

const day = 86_400_000

// The ways out of care that need a conference's conclusion, and which (法发〔2014〕24号 19).
const ways = [
  { step: 'return', conclusion: 'return' },
  { step: 'to_kin', conclusion: 'kin' },
  { step: 'to_revocation', conclusion: 'revoke' },
  { step: 'to_longterm', conclusion: 'longterm' },
] as const

/** A temporary guardianship: its one-year clock, where the child is, what the conference concluded, and the ways out. */
export function Guardianship({ of, owed, steps }: { of: Case; owed: Obligation[]; steps: Step[] }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const post = usePost()
  const g = of.guardianship
  if (of.kind !== 'guardianship') return null
  return (
    <Card size="small" title={<h2>{t('care.title')}</h2>} role="region" aria-label={t('care.title')}>
      <Clock of={of} owed={owed} steps={steps} />
      <Descriptions
        size="small"
        column={1}
        items={[
          of.ground && { key: 'ground', label: t('care.ground'), children: word(`enum.${of.ground}`) },
          g.decided_at && { key: 'decided', label: t('care.decided'), children: <span><Moment at={g.decided_at} />{g.oral ? <Tag style={{ marginInlineStart: 8 }}>{t('care.oral')}</Tag> : null}</span> },
          g.received_at && { key: 'received', label: t('care.received'), children: <Moment at={g.received_at} /> },
          { key: 'placement', label: t('care.placement'), children: g.placement ? word(`enum.placement.${g.placement}`, `enum.${g.placement}`) : t(g.decided_at ? 'care.placementUnknown' : 'care.notPlaced') },
          g.shelter && { key: 'shelter', label: t('care.shelter'), children: post(g.shelter) },
          { key: 'conference', label: t('care.conference'), children: g.conclusion ? <span>{word(`enum.conclusion.${g.conclusion}`, `enum.${g.conclusion}`)} · <Moment at={g.concluded_at} /></span> : t('care.noConference') },
          g.adult_review && { key: 'adult', label: t('care.adult'), children: <Moment at={g.adult_review} withTime={false} /> },
        ].filter((i) => !!i)}
      />
      <Conferences of={of} steps={steps} />
      <Placements of={of} steps={steps} />
      <Ways of={of} owed={owed} steps={steps} />
    </Card>
  )
}

function Clock({ of, owed, steps }: { of: Case; owed: Obligation[]; steps: Step[] }) {
  const { t } = useTranslation('case')
  const now = useNow()
  const label = useLabel()
  const total = owed.find((o) => o.key === 'temp_total')
  const extend = of.allowed.includes('extend') ? steps.find((s) => s.name === 'extend') : undefined
  if (!total) return <Typography.Paragraph type="secondary">{t(of.guardianship.decided_at ? 'care.clockOver' : 'care.noClock')}</Typography.Paragraph>
  const start = dayjs(total.start).valueOf()
  const end = dayjs(total.due).valueOf()
  const used = Math.max(0, Math.floor((now - start) / day))
  const left = Math.floor((end - now) / day)
  const share = Math.min(100, Math.round(((now - start) / Math.max(end - start, 1)) * 100))
  const extended = end - start > 367 * day
  const warnings = owed.filter((o) => o.key.startsWith('temp_warn_'))
  return (
    <div className="clock">
      <strong>{t('care.clock')}</strong> {total.source && <ClassTag of={total.source} />}
      <div className="numeric">
        {t('care.used', { count: used })} · {left >= 0 ? t('care.left', { count: left }) : t('care.over', { count: -left })} · {t('care.until')} <Moment at={total.due} withTime={false} />
        {extended && <Tag style={{ marginInlineStart: 8 }}>{t('care.extended')}</Tag>}
      </div>
      <Progress percent={share} showInfo={false} status={left < 0 ? 'exception' : 'normal'} aria-label={t('care.clock')} />
      {warnings.length > 0 && (
        <Typography.Paragraph type="secondary" style={{ marginBottom: 4 }}>
          {t('care.warnings')}
          {warnings.map((o) => <div key={o.key}>{label(o.name)} <Moment at={o.due} withTime={false} /></div>)}
        </Typography.Paragraph>
      )}
      <Typography.Paragraph type="secondary" style={{ marginBottom: 8 }}>{t('care.never')}</Typography.Paragraph>
      {extend && <StepButton of={of} step={extend} />}
    </div>
  )
}

/** Which ways out of care are open, and why the others are not. */
function Ways({ of, owed, steps }: { of: Case; owed: Obligation[]; steps: Step[] }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const post = usePost()
  const g = of.guardianship
  const fault = ['TG4', 'TG5', 'TG6'].includes(of.ground ?? '')
  if (!g.decided_at || ['return', 'kin', 'guard_follow', 'longterm', 'revocation', 'archiving', 'closed'].includes(of.stage)) return null
  const direct = of.allowed.includes('return_direct') && ['TG1', 'TG2', 'TG3'].includes(of.ground ?? '') ? steps.find((s) => s.name === 'return_direct') : undefined
  return (
    <section aria-label={t('care.ways')}>
      <h3>{t('care.ways')}</h3>
      {!g.conclusion && <Alert type="warning" showIcon style={{ marginBottom: 8 }} title={t('care.blocked')} description={fault ? t('care.blockedFault') : t('care.blockedDirect')} />}
      <ul className="owed-small">
        {ways.map(({ step, conclusion }) => {
          const row = steps.find((s) => s.name === step)
          const concluded = g.conclusion === conclusion
          if (concluded && row && of.allowed.includes(step)) return <li key={step}><StepButton of={of} step={row} primary /></li>
          // Who carries a conclusion out owes it; where that is not shown, those who may.
          const who = post(owed.find((o) => o.key === 'conclusion')?.owner) || row?.roles.map((r) => word(`role.${r}`)).join(t('care.or')) || ''
          const why = concluded ? t('care.othersToDo', { who }) : t(g.conclusion ? 'care.otherConclusion' : 'care.needsConference')
          return <li key={step}>{word(`step.${step}`)} <Tag style={{ whiteSpace: 'normal' }}>{why}</Tag></li>
        })}
        {direct && <li><Space wrap><StepButton of={of} step={direct} /></Space></li>}
      </ul>
    </section>
  )
}
