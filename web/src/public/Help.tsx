import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey, type Schemas } from '../api/client'
import { Done } from '../filing/Done'
import { Call110, Choice, Faults, Text } from '../filing/fields'
import { contacts, type Contact } from '../filing/report'
import { useHold } from '../unsaved'
import { useSender } from '../filing/send'
import { useWait } from '../filing/wait'
import { file } from './server'

interface Answers {
  danger: '' | 'yes' | 'unsure' | 'no'
  text: string
  place: string
  contact: '' | Contact
  reach: string
}

const nothing: Answers = { danger: '', text: '', place: '', contact: '', reach: '' }
const questions = ['danger', 'text', 'place', 'contact'] as const

function bodyOf(a: Answers): Schemas['ReportBody'] {
  const school = a.contact === 'via_school'
  const phone = a.contact === 'phone' || a.contact === 'sms_only'
  return {
    entry: 'child_help',
    danger: a.danger || 'unsure',
    child: { contact: a.contact || undefined, phone: phone ? a.reach.trim() || undefined : undefined, school: school ? a.reach.trim() || undefined : undefined },
    narrative: { text: a.text.trim() || undefined, place: a.place.trim() || undefined },
  }
}

/** 我需要帮助: a child about itself. Four questions, of which only the first needs an answer; nothing is kept on the device. */
export function Help({ follow }: { follow: (code: string) => void }) {
  const { t } = useTranslation('public')
  const [answers, setAnswers] = useState(nothing)
  const [at, setAt] = useState(0)
  const [fault, setFault] = useState('')
  const [key, setKey] = useState(newKey)
  const { state, send, retry } = useSender(file)
  const wait = useWait()
  const heading = useRef<HTMLHeadingElement>(null)
  const question = questions[at] ?? 'danger'
  const change = (to: Partial<Answers>) => setAnswers((a) => ({ ...a, ...to }))
  const [moved, setMoved] = useState(0)
  useEffect(() => {
    if (moved > 0) heading.current?.focus()
  }, [moved])
  const typed = answers !== nothing && state.phase !== 'done'
  useHold(typed)

  function go(to: number) {
    setMoved((n) => n + 1)
    setFault('')
    setAt(to)
  }
  function next() {
    if (question === 'danger' && !answers.danger) return setFault(t('help.choose'))
    if (at < questions.length - 1) return go(at + 1)
    send(bodyOf(answers), key)
    setKey(newKey()) // what waits keeps its own; what is refused is sent under another
  }

  if (state.phase === 'done') {
    return (
      <Done filed={state.answer} reader="child">
        <button type="button" onClick={() => follow(state.answer.receipt)}>{t('help.follow')}</button>
      </Done>
    )
  }
  const waits = state.phase === 'waiting' ? state : undefined
  return (
    <>
      <h1>{t('help.title')}</h1>
      <div className="first">
        <a className="call-button" href="tel:110"><strong>110</strong> {t('help.call110')}</a>
        <a className="call-button quiet" href="tel:12355"><strong>12355</strong> {t('help.call12355')}</a>
      </div>
      <p>{t('help.intro')}</p>
      {state.phase === 'sending' && <p className="busy" role="status">{t('help.sending')}</p>}
      {waits && (
        <div className="filing">
          <p role="status" className="careful">{t(`help.waiting.${waits.why}`, { wait: wait(waits.seconds) })}</p>
          <button type="button" className="primary" onClick={retry}>{t('help.retry')}</button>
        </div>
      )}
      {state.phase !== 'sending' && !waits && (
        <Faults value={{ faults: fault ? { danger: fault } : {}, mend: () => setFault('') }}>
          <form className="filing" noValidate autoComplete="off" onSubmit={(e) => { e.preventDefault(); next() }}>
            <div className="progress">
              <span>{t('help.progress', { n: at + 1, all: questions.length })}</span>
              <progress value={at + 1} max={questions.length} aria-label={t('help.progressLabel')} />
            </div>
            <h2 ref={heading} tabIndex={-1}>{t(`help.questions.${question}`)}</h2>
            {state.phase === 'refused' && <p className="problem" role="alert">{state.problem.title} {state.problem.detail}</p>}
            {question === 'danger' && (
              <>
                <Choice path="danger" label={t('help.danger.label')} value={answers.danger} onChange={(danger) => change({ danger })} options={(['yes', 'unsure', 'no'] as const).map((o) => ({ value: o, label: t(`help.danger.${o}`) }))} />
                {answers.danger === 'yes' && <Call110 child />}
              </>
            )}
            {question === 'text' && <Text path="narrative.text" lines={5} max={4000} label={t('help.text')} hint={t('help.textHint')} value={answers.text} onChange={(text) => change({ text })} />}
            {question === 'place' && <Text path="narrative.place" lines={2} max={500} label={t('help.place')} hint={t('help.placeHint')} value={answers.place} onChange={(place) => change({ place })} />}
            {question === 'contact' && (
              <>
                <Choice path="child.contact" label={t('help.contact.label')} value={answers.contact} onChange={(contact) => change({ contact })} options={contacts.map((c) => ({ value: c, label: t(`help.contact.${c}`) }))} />
                {answers.contact !== '' && answers.contact !== 'none' && (
                  <Text label={t(answers.contact === 'via_school' ? 'help.contact.school' : 'help.contact.number')} max={answers.contact === 'via_school' ? 200 : 40} type={answers.contact === 'via_school' ? 'text' : 'tel'} value={answers.reach} onChange={(reach) => change({ reach })} />
                )}
              </>
            )}
            <div className="moves">
              {at > 0 && <button type="button" onClick={() => go(at - 1)}>{t('help.back')}</button>}
              <button type="submit" className="primary">{t(at === questions.length - 1 ? 'help.send' : 'help.next')}</button>
            </div>
            {at > 0 && at < questions.length - 1 && <p className="hint">{t('help.skip')}</p>}
          </form>
        </Faults>
      )}
    </>
  )
}
