import { TeamOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useTranslation } from 'react-i18next'

import { useMe } from '../../session'
import { useLabel } from '../../ui/words'
import type { Case, Obligation, Step } from './data'
import { aboutOf, useBegun } from './drafts'
import { destroys, needsSecond, presetOf } from './table'
import { useTakeStep } from './take'

/** Opens the form of a step; says whether it was begun, needs a second person, or is recorded for somebody else. */
export function StepButton({ of, step, owed, primary, preset, text }: { of: Case; step: Step; owed?: Obligation; primary?: boolean; preset?: Record<string, unknown>; text?: string }) {
  const { t } = useTranslation('case')
  const take = useTakeStep()
  const label = useLabel()
  const filled = { ...(owed ? presetOf(step, owed.key) : {}), ...preset }
  const begun = useBegun()({ case: of.id, step: step.name, about: aboutOf(filled) })
  const me = useMe()
  const proxy = !!step.proxy && !me.posts.some((p) => step.roles.includes(p.role))
  const notes = [begun && t('now.begun'), proxy && t('now.proxy')].filter(Boolean)
  return (
    <Button
      type={primary ? 'primary' : 'default'}
      danger={destroys(step)}
      className="step"
      data-step={step.name}
      icon={needsSecond(step, of) ? <TeamOutlined aria-label={t('now.second')} /> : undefined}
      title={needsSecond(step, of) ? t('now.second') : undefined}
      onClick={() => take({ step: step.name, preset: filled, owner: owed?.owner })}
    >
      {text ?? label(step.label)}
      {notes.length > 0 ? ` · ${notes.join(' · ')}` : ''}
    </Button>
  )
}
