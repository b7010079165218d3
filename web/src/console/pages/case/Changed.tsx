import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../../api/client'
import { Moment } from '../../ui/time'
import { useWord } from '../../ui/words'
import { useActor } from './choices'
import { useEvents, type Case } from './data'

interface Props {
  of: Case
  /** The decisions as the server named them. */
  commands?: Schemas['Changed'][]
  /** Or how many there were since. */
  behind?: number
}

/** What was decided meanwhile, and by whom. */
export function Changed({ of, commands, behind = 0 }: Props) {
  const { t } = useTranslation('case')
  const word = useWord()
  const actor = useActor(of)
  const events = useEvents(of.id, true).data ?? []
  const decisions = events.filter((e) => (e.type === 'step' || e.type === 'proposed') && e.command && e.step)
  const byCommand = new Map(decisions.map((e) => [e.command, e]))
  const rows = commands
    ? commands.map((c) => ({ key: c.command, step: c.step, at: c.at, by: byCommand.get(c.command)?.actor, proposed: c.proposed }))
    : decisions.slice(-Math.max(behind, 1)).map((e) => ({ key: e.command, step: e.step ?? '', at: e.at, by: e.actor, proposed: e.type === 'proposed' }))
  return (
    <ul style={{ paddingInlineStart: 18, margin: '4px 0' }}>
      {rows.map((r) => (
        <li key={r.key}>
          <Moment at={r.at} /> {actor(r.by)} <strong>{word(`step.${of.kind}.${r.step}`, `step.${r.step}`)}</strong>
          {r.proposed ? ` ${t('proposals.waits')}` : ''}
        </li>
      ))}
    </ul>
  )
}
