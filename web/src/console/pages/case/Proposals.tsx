import { Alert, Card, Descriptions, Space, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { useMe } from '../../session'
import { Due, Moment } from '../../ui/time'
import { useLabel, useWord } from '../../ui/words'
import { useActor } from './choices'
import { useEvents, type Case, type Obligation, type Step } from './data'
import { StepButton } from './StepButton'
import { mayDecide } from './table'

type Proposal = Case['proposals'][number]

/** Steps that wait for their second person: shown with what was written, to whoever may decide on them. */
export function Proposals({ of, owed, steps }: { of: Case; owed: Obligation[]; steps: Step[] }) {
  const { t } = useTranslation('case')
  const events = useEvents(of.id, of.proposals.length > 0)
  if (of.proposals.length === 0) return null
  return (
    <Card size="small" title={<h2>{t('proposals.title')}</h2>} role="region" aria-label={t('proposals.title')}>
      <div className="case-column">
        {of.proposals.map((p) => (
          <One key={p.id} of={of} proposal={p} steps={steps} owed={owed.find((o) => o.key === `approval:${p.id}`)} sealed={events.data?.find((e) => e.command === p.id && e.type === 'proposed')?.sealed} />
        ))}
      </div>
    </Card>
  )
}

function One({ of, proposal, steps, owed, sealed }: { of: Case; proposal: Proposal; steps: Step[]; owed?: Obligation; sealed?: Record<string, string> }) {
  const { t } = useTranslation('case')
  const me = useMe()
  const word = useWord()
  const label = useLabel()
  const actor = useActor(of)
  const step = steps.find((s) => s.name === proposal.step)
  const own = proposal.person === me.person
  const can = (name: string) => (of.allowed.includes(name) ? steps.find((s) => s.name === name) : undefined)
  const decisions = own ? ['withdraw'] : mayDecide(me, proposal, steps) ? ['approve', 'decline'] : []
  return (
    <div className="proposal">
      <div>
        <strong>{step ? label(step.label) : word(`step.${of.kind}.${proposal.step}`, `step.${proposal.step}`)}</strong> {owed && <Due due={owed.due} paused={owed.paused_since} provisional={owed.provisional} />}
        <div>
          <Typography.Text type="secondary">
            {t('proposals.by')} {actor(proposal)} · <Moment at={proposal.at} />
          </Typography.Text>
        </div>
      </div>
      {step && <Filled step={step} fields={proposal.fields ?? {}} sealed={sealed} />}
      {own && <Alert type="info" showIcon title={t('proposals.own')} />}
      <Space wrap>
        {decisions.map((name) => {
          const s = can(name)
          return s && <StepButton key={name} of={of} step={s} primary={name === 'approve'} preset={{ proposal: proposal.id }} />
        })}
      </Space>
    </div>
  )
}

/** A form as it was filled in. */
export function Filled({ step, fields, sealed }: { step: Step; fields: Record<string, string>; sealed?: Record<string, string> }) {
  const { t } = useTranslation('case')
  const label = useLabel()
  const rows = step.form
    .map((f) => {
      const v = f.sealed ? sealed?.[f.name] : fields[f.name]
      if (v === undefined || v === '') return undefined
      const option = (x: string) => label(f.options?.find((o) => o.value === x)?.label) || x
      const shown =
        f.type === 'bool' ? (v === 'true' ? t('form.yes') : t('form.no'))
        : f.type === 'time' ? <Moment at={v} />
        : f.type === 'enum' ? option(v)
        : f.type === 'multi' ? v.split(',').map(option).join(t('common:mark.list'))
        : <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{v}</span>
      return { key: f.name, label: label(f.label), children: shown }
    })
    .filter((r) => !!r)
  return rows.length ? <Descriptions size="small" column={1} items={rows} /> : null
}
