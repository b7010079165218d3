import { useQueryClient } from '@tanstack/react-query'
import { Alert, App } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams, useSearchParams } from 'react-router'

import { useMe } from '../../session'
import { useOnPaper } from '../../ui/paper'
import { Failed, Missing, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { wallText } from '../../ui/wall'
import { useLabel, useWord } from '../../ui/words'
import { useCase, useOwed, useSteps, type Case, type Step } from './data'
import { Done } from './Done'
import { aboutOf, draftOf, dropDraft, useAccepted, type Place } from './drafts'
import { Follow } from './Follow'
import { Glance } from './Glance'
import { Guardianship } from './Guardianship'
import { KeptForms } from './Kept'
import { madeGood, presetOfKept, useDropKept, useKept } from './kept'
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
  const [chosen, setTaking] = useState<Taking>()
  const [last, setLast] = useState<{ step: Step; command: Command }>()
  const label = useLabel()
  const word = useWord()
  const me = useMe()
  const accepted = useAccepted(of.id)
  const kept = useKept(of)
  // A notice of a refused step leads to its form, with what was typed.
  const [params, setParams] = useSearchParams()
  const refused = kept.drafts.find((d) => d.step === params.get('form'))
  const refusedStep = steps.find((s) => s.name === refused?.step)
  const taking: Taking | undefined = chosen ?? (refused && refusedStep && { step: refused.step, preset: presetOfKept(refused, refusedStep), kept: refused })
  function close() {
    setTaking(undefined)
    if (params.has('form')) {
      setParams((before) => {
        const next = new URLSearchParams(before)
        next.delete('form')
        return next
      }, { replace: true })
    }
  }
  const { drop, renew } = useDropKept()
  const { message } = App.useApp()
  const queries = useQueryClient()
  // A step was taken, or one that was accepted has come to its end: what was kept of its form goes, unless it was refused.
  function ended(at: Place, command: Command) {
    const step = steps.find((s) => s.name === at.step)
    if (!step) return
    void queries.invalidateQueries({ queryKey: ['case', of.id] })
    if (command.status === 'refused') {
      void renew()
      if (!taking) void message.error(t('drafts.refused', { name: label(step.label), why: command.refusal?.title ?? '' }), 8)
      return
    }
    const rest = madeGood(kept.drafts, step, draftOf(me.person, at)?.values.fields)
    dropDraft(at)
    if (rest.length) void drop(rest).catch(() => undefined) // they are told of on the page until they go
    if (taking?.step === at.step && aboutOf(taking.preset) === at.about) close()
    setLast({ step, command })
  }
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
          <KeptForms of={of} steps={steps} />
          <Proposals of={of} owed={owed} steps={steps} />
          <Now of={of} owed={owed} steps={steps} waiting={asked.isPending} />
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
      {asked.data && accepted.map(({ at, draft }) => <Follow key={draft.accepted} of={of} at={at} draft={draft} ended={ended} />)}
      {taken && <StepForm key={`${taken.name} ${aboutOf(taking?.preset)} ${chosen?.kept?.command ?? ''}`} of={of} step={taken} preset={taking?.preset} owner={taking?.owner} kept={taking?.kept} close={close} done={ended} />}
    </TakeStep.Provider>
  )
}

/** At the head of the printed page: who printed it and when, and where the whole chain is to be had. */
function OnPaper({ of }: { of: Case }) {
  const { t } = useTranslation('case')
  const me = useMe()
  if (!useOnPaper()) return null
  return <p className="paper-head">{t('paper.printed', { name: me.name, at: wallText() })} {of.may.includes('print_chain') && t('paper.chain')}</p>
}
