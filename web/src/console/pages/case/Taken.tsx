import { Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { Moment } from '../../ui/time'
import { useLabel, useWord } from '../../ui/words'
import type { Case, Event, Step } from './data'
import { useBy, Values, Words } from './panels/values'

interface Props {
  of: Case
  event: Event
  step?: Step
  /** Fields that stand beside it already. */
  without?: string[]
}

/** A step as it was taken: when, by whom, and what was written with it as far as one may read it. */
export function Taken({ of, event: e, step, without = [] }: Props) {
  const { t } = useTranslation('case')
  const label = useLabel()
  const word = useWord()
  const by = useBy(of)(e)
  const fields = Object.fromEntries(Object.entries(e.fields ?? {}).filter(([name]) => !without.includes(name)))
  const hidden = !of.erased_at && step?.form.some((f) => f.sealed && f.required && !e.sealed?.[f.name])
  return (
    <div style={{ overflowWrap: 'anywhere' }}>
      <strong>{step ? label(step.label) : word(`step.${of.kind}.${e.step}`, `step.${e.step}`)}</strong>{' '}
      <Typography.Text type="secondary"><Moment at={e.at} /> · {by}</Typography.Text>
      <Values fields={fields} step={step} />
      <Words words={e.sealed} step={step} />
      {hidden && <Typography.Text type="secondary">{t('unread')}</Typography.Text>}
    </div>
  )
}
