import { CheckOutlined } from '@ant-design/icons'
import { useTranslation } from 'react-i18next'

import { useWord } from '../../ui/words'
import './case.css'
import type { Case } from './data'

const phases = ['discovery', 'rescue', 'guidance', 'followup'] as const

/** Where a case stands within the four phases. */
export function Phases({ of }: { of: Case }) {
  const { t } = useTranslation(['case', 'common'])
  const word = useWord()
  const now = phases.indexOf(of.phase as (typeof phases)[number])
  const over = of.stage === 'closed'
  return (
    <ol className="phases" aria-label={t('phases')}>
      {phases.map((phase, i) => {
        const state = over || i < now ? 'done' : i === now ? 'now' : 'ahead'
        return (
          <li key={phase} className={state} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="bar" aria-hidden />
            <span className="name">
              {state === 'done' && <CheckOutlined aria-label={t('past')} />} {t(`common:phase.${phase}`)}
            </span>
            {state === 'now' && <span className="stage">{word(`stage.${of.stage}`)}</span>}
          </li>
        )
      })}
    </ol>
  )
}
