import { Alert } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useLabel } from '../../ui/words'
import { useEvents, type Case, type Step } from './data'
import type { Command } from './send'
import { StepButton } from './StepButton'

// The step that takes another back, where the domain has one.
const undoing: Record<string, string> = {
  pause: 'resume', task_assign: 'task_withdraw', grant_access: 'revoke_access', hold: 'release_hold', close: 'reopen', notice_withhold: 'notice_safe',
}

/** That a step was taken, and how to take it back where that can be. */
export function Done({ of, step, command, steps, close }: { of: Case; step: Step; command: Command; steps: Step[]; close: () => void }) {
  const { t } = useTranslation('case')
  const label = useLabel()
  const name = command.proposed ? 'withdraw' : undoing[step.name]
  // Its own task: a colleague may have given a newer one meanwhile.
  const assigned = !command.proposed && step.name === 'task_assign'
  const task = useEvents(of.id, assigned).data?.find((e) => e.type === 'step' && e.command === command.command)?.task
  const undo = name && of.allowed.includes(name) && (!assigned || task) ? steps.find((s) => s.name === name) : undefined
  const preset = command.proposed ? { proposal: command.command } : assigned ? { task } : undefined
  // Once the second person has answered, that it waits for them is not so any more.
  const waits = of.proposals.some((p) => p.id === command.command)
  const [stood, setStood] = useState(waits)
  if (waits && !stood) setStood(true)
  const bar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    void bar.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  if (command.proposed && stood && !waits) return null
  return (
    <div ref={bar} style={{ scrollMarginTop: 80 }}>
      <Alert
        type="success"
        showIcon
        closable={{ onClose: close, 'aria-label': t('form.close') }}
        role="status"
        title={t(command.proposed ? 'done.proposed' : 'done.taken', { name: label(step.label) })}
        description={undo ? t('done.undo') : undefined}
        action={undo && <StepButton of={of} step={undo} preset={preset} />}
      />
    </div>
  )
}
