import { MoreOutlined } from '@ant-design/icons'
import { Button, Card, Dropdown, Space, Tag, Typography } from 'antd'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import { useMe } from '../../session'
import { AckButton, Alerted, useAcknowledge } from '../../ui/Alerted'
import { usePost } from '../../ui/names'
import { Loading } from '../../ui/states'
import { Due, Moment } from '../../ui/time'
import { ClassTag, Why } from '../../ui/why'
import { useLabel, useWord } from '../../ui/words'
import { partsOf, useEvents, useSteps, type Case, type Obligation, type Step } from './data'
import { Words } from './panels/values'
import { StepButton } from './StepButton'
import { allowedSteps, doing, mayDecide } from './table'
import { useTakeStep } from './take'

// What a fact does and no step, and the panel in which that fact is recorded.
const byFact: Record<string, string> = { visit: 'notes', guard_visit: 'notes', message_reply: 'messages' }

/** What is due next and what to press for it; then whatever else may be done now. */
export function Now({ of, owed, steps, waiting }: { of: Case; owed: Obligation[]; steps: Step[]; waiting: boolean }) {
  const { t } = useTranslation(['case', 'common'])
  const me = useMe()
  const [params] = useSearchParams()
  const wanted = params.get('do')
  const [acknowledge, acknowledging] = useAcknowledge()
  const open = allowedSteps(of, steps)
  const mine = owed.filter((o) => me.posts.some((p) => p.post === o.owner))
  const theirs = owed.filter((o) => !mine.includes(o))
  // Whoever may not be the second person is not offered to be.
  const doable = (o: Obligation) => {
    const [base, about] = partsOf(o.key)
    const proposal = base === 'approval' ? of.proposals.find((p) => p.id === about) : undefined
    return proposal && !mayDecide(me, proposal, steps) ? [] : doing(o, open)
  }
  const rows = (list: Obligation[], own: boolean) => (
    <ul className="owed">
      {list.map((o) => (
        <Row key={`${o.key}/${o.occurrence}`} of={of} owed={o} own={own} steps={doable(o)} open={open} wanted={o.key === wanted} waiting={waiting} acknowledge={acknowledge} />
      ))}
    </ul>
  )
  const gone = wanted && !owed.some((o) => o.key === wanted)
  return (
    <>
      <Card size="small" title={<h2>{t('now.title')}</h2>} role="region" aria-label={t('now.title')} id="now">
        {gone && <Typography.Paragraph type="secondary" role="status">{t('now.gone')}</Typography.Paragraph>}
        {mine.length > 0 ? rows(mine, true) : <Typography.Text type="secondary">{owed.length ? t('now.nothingMine') : t('now.nothing')}</Typography.Text>}
        {theirs.length > 0 && (
          <>
            <h3>{t('now.theirs')}</h3>
            {rows(theirs, false)}
          </>
        )}
      </Card>
      <More of={of} open={open} waiting={waiting} />
      {acknowledging}
    </>
  )
}

interface RowProps {
  of: Case
  owed: Obligation
  own: boolean
  /** The steps that do it, and all that are open. */
  steps: Step[]
  open: Step[]
  wanted: boolean
  /** The steps are still on their way. */
  waiting: boolean
  acknowledge: (of: Obligation) => void
}

function Row({ of, owed, own, steps, open, wanted, waiting, acknowledge }: RowProps) {
  const { t } = useTranslation('case')
  const label = useLabel()
  const word = useWord()
  const post = usePost()
  const take = useTakeStep()
  const row = useRef<HTMLLIElement>(null)
  const [, setParams] = useSearchParams()
  useEffect(() => {
    if (!wanted) return
    row.current?.scrollIntoView({ block: 'center' })
    row.current?.querySelector<HTMLElement>('button.step')?.focus({ preventScroll: true })
  }, [wanted])
  function show(name: string) {
    setParams((before) => {
      const next = new URLSearchParams(before)
      next.set('panel', name)
      return next
    }, { replace: true })
    document.getElementById('panels')?.scrollIntoView({ block: 'start' })
  }
  const panel = byFact[partsOf(owed.key)[0]]
  const about = (['pause', 'resume', 'escalate'] as const)
    .filter((name) => (name === 'resume' ? !!owed.paused_since : name === 'pause' ? !owed.paused_since : true))
    .map((name) => open.find((s) => s.name === name))
    .filter((s) => !!s)
  // What protects a child never pauses: the server says so with the row.
  const fixed = (s: Step) => s.name === 'pause' && !!owed.id && !owed.pausable
  return (
    <li ref={row} className={wanted ? 'wanted' : undefined} data-key={owed.key}>
      <div className="what">
        <strong>{label(owed.name)}</strong> <Due due={owed.due} paused={owed.paused_since} provisional={owed.provisional} submitted={owed.submitted} />
        <div>
          <Typography.Text type="secondary">
            {own ? '' : `${post(owed.owner)} · `}
            {t('now.due')} <Moment at={owed.due} />
          </Typography.Text>{' '}
          {owed.source && <ClassTag of={owed.source} />}
          {owed.rung > 0 && <Tag color="#9a4a00" variant="solid">{t('now.rung', { count: owed.rung })}</Tag>}
          <Alerted of={owed} />
        </div>
        {owed.paused_since && <PausedSince owed={owed} />}
        {own && ofTask.includes(partsOf(owed.key)[0]) && <Asked of={of} n={Number(partsOf(owed.key)[1])} />}
      </div>
      <Space wrap size={6}>
        {steps.map((s, i) => <StepButton key={s.name} of={of} step={s} owed={owed} primary={own && i === 0} />)}
        {panel && <Button className="step" type={own ? 'primary' : 'default'} onClick={() => show(panel)}>{t(`now.panel.${panel as 'notes'}`)}</Button>}
        {steps.length === 0 && !panel && own && !waiting && <Typography.Text type="secondary">{t('now.noStep')}</Typography.Text>}
        <AckButton of={owed} acknowledge={acknowledge} />
        <Why of={owed} />
        {about.length > 0 && (
          <Dropdown
            trigger={['click']}
            menu={{ items: about.map((s) => ({ key: s.name, label: fixed(s) ? `${label(s.label)} · ${t('now.noPause')}` : label(s.label), disabled: fixed(s), onClick: () => take({ step: s.name, preset: { key: owed.key } }) })) }}
          >
            <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t('now.more', { name: label(owed.name) || word(`obligation.${owed.key}`) })} />
          </Dropdown>
        )}
      </Space>
    </li>
  )
}

// What a department owes about its task.
const ofTask = ['task', 'task_sign']

/** What a department is asked for in a task, and why it came back. */
function Asked({ of, n }: { of: Case; n: number }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const steps = useSteps(of.kind).data
  const events = useEvents(of.id, true).data ?? []
  const task = of.tasks.find((k) => k.n === n)
  if (!task) return null
  const about = events.filter((e) => e.type === 'step' && e.task === n)
  const told = [about.find((e) => e.step === 'task_assign'), task.returns ? about.findLast((e) => e.step === 'task_return') : undefined]
  return (
    <>
      <div>
        {t('tracks.task', { n })} {word(`enum.measure.${task.measure}`, `enum.${task.measure}`)}
        {!!task.returns && <Tag color="warning" style={{ marginInlineStart: 8 }}>{t('now.returned', { count: task.returns })}</Tag>}
      </div>
      {told.map((e) => e && <Words key={e.seq} words={e.sealed} step={steps?.find((s) => s.name === e.step)} />)}
    </>
  )
}

function PausedSince({ owed }: { owed: Obligation }) {
  const { t } = useTranslation('case')
  const word = useWord()
  return (
    <Typography.Text type="secondary">
      {t('now.pausedSince')} <Moment at={owed.paused_since} />
      {owed.paused_for && <> · {t('now.pausedFor', { cause: word(`enum.cause.${owed.paused_for}`, `enum.${owed.paused_for}`) })}</>}
    </Typography.Text>
  )
}

const groups = ['main', 'police', 'protection', 'support', 'control', 'end'] as const

// What is offered where it belongs: beside an obligation or a proposal.
const elsewhere = ['pause', 'resume', 'escalate', 'approve', 'decline', 'withdraw']

/** The steps that may be taken now, by the track that they belong to; what ends the case stands apart. */
function More({ of, open, waiting }: { of: Case; open: Step[]; waiting: boolean }) {
  const { t } = useTranslation('case')
  const word = useWord()
  const shown = open.filter((s) => !elsewhere.includes(s.name))
  const groupOf = (s: Step) => (s.to === 'archiving' || s.to === 'closed' ? 'end' : s.track)
  return (
    <Card size="small" title={<h2>{t('more.title')}</h2>} role="region" aria-label={t('more.title')} className="no-print">
      {waiting && <Loading rows={2} />}
      {shown.length === 0 && !waiting && <Typography.Text type="secondary">{t('more.none')}</Typography.Text>}
      {groups.map((g) => {
        const inGroup = shown.filter((s) => groupOf(s) === g)
        if (inGroup.length === 0) return null
        const name = g === 'end' ? t('more.end') : word(`track.${g}`)
        return (
          <div key={g} role="group" aria-label={name} className="step-group">
            <h3>{name}</h3>
            <Space wrap size={6}>{inGroup.map((s) => <StepButton key={s.name} of={of} step={s} />)}</Space>
          </div>
        )
      })}
    </Card>
  )
}
