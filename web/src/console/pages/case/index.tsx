import { Alert } from 'antd'
import dayjs from 'dayjs'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'

import { useMe } from '../../session'
import { useOnPaper } from '../../ui/paper'
import { Failed, Missing, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { useLabel, useWord } from '../../ui/words'
import { useCase, useOwed, useSteps, type Case, type Step } from './data'
import { Done } from './Done'
import { Glance } from './Glance'
import { Guardianship } from './Guardianship'
import { Now } from './Now'
import { Panels } from './panels'
import { Proposals } from './Proposals'
import type { Command } from './send'
import { Shortcuts } from './Shortcuts'
import { StepForm } from './StepForm'
import { TakeStep, type Taking } from './take'
import { Tracks } from './Tracks'

/** A case: at one glance, what is due next, its tracks, and all that belongs to it. */
export default function Page() {
  const { id = '' } = useParams()
  const asked = useCase(id)
  return <Shown of={asked} rows={12}>{(of) => (of.id ? <View key={of.id} of={of} /> : <Missing />)}</Shown>
}

function View({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const owed = useOwed(of)
  const asked = useSteps(of.kind)
  const steps = asked.data ?? []
  const [taking, setTaking] = useState<Taking>()
  const [last, setLast] = useState<{ step: Step; command: Command }>()
  const label = useLabel()
  const word = useWord()
  const close = useCallback(() => setTaking(undefined), [])
  const done = useCallback((step: Step, command: Command) => {
    setTaking(undefined)
    setLast({ step, command })
  }, [])
  const taken = steps.find((s) => s.name === taking?.step)
  return (
    <TakeStep.Provider value={setTaking}>
      <OnPaper of={of} />
      <Glance of={of} owed={owed} />
      <div className="case-column" style={{ marginTop: 12 }} aria-live="polite">
        {last && <Done key={last.command.command} of={of} step={last.step} command={last.command} steps={steps} close={() => setLast(undefined)} />}
        {of.pending.map((p) => (
          <Alert key={p.command} type="info" showIcon title={t('pending', { name: label(steps.find((s) => s.name === p.step)?.label) || word(`step.${p.step}`) })} description={<Moment at={p.at} />} />
        ))}
        {asked.error && !asked.data ? <Failed error={asked.error} again={() => void asked.refetch()} /> : null}
      </div>
      <div className="case-grid">
        <div className="case-column">
          <Proposals of={of} owed={owed} steps={steps} />
          <Now of={of} owed={owed} steps={steps} />
        </div>
        <div className="case-column">
          <Guardianship of={of} owed={owed} steps={steps} />
          <Tracks of={of} owed={owed} steps={steps} />
          <Shortcuts />
        </div>
      </div>
      <div id="panels" className="case-column" style={{ marginTop: 12 }}>
        <Panels of={of} />
      </div>
      {taken && <StepForm key={taken.name} of={of} step={taken} preset={taking?.preset} owner={taking?.owner} close={close} done={done} />}
    </TakeStep.Provider>
  )
}

/** At the head of the printed page: who printed it and when, and where the whole chain is to be had. */
function OnPaper({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const me = useMe()
  if (!useOnPaper()) return null
  return <p className="paper-head">{t('paper.printed', { name: me.name, at: dayjs().format('YYYY-MM-DD HH:mm') })} {of.may.includes('print_chain') && t('paper.chain')}</p>
}
