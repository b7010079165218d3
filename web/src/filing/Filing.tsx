import { useEffect, useEffectEvent, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey, type Problem } from '../api/client'
import { leaveTheBody } from '../evidence'
import { useHold } from '../unsaved'
import type { Draft, DraftStore } from './draft'
import { Faults, isOf, Tick } from './fields'
import './filing.css'
import { PhotoPicker, usePhotos, type Photos } from './photos'
import { bodyOf, empty, missing, stepOf, steps, type Body, type Directory, type Filed, type Step, type Values, type Who } from './report'
import { Review } from './Review'
import { useSender, type Why } from './send'
import { ChildStep, DangerStep, ReporterStep, WhatStep, WhereStep } from './steps'
import { useWait } from './wait'

interface Props {
  who: Who
  /** Sends the report; throws a Problem. */
  post: (body: Body, key: string) => Promise<Filed>
  directory: () => Promise<Directory>
  /** Where a draft may be kept, if its writer says so. */
  store?: DraftStore
  /** A draft found on this device, to go on with. */
  draft?: Draft
  /** What is known of who fills it in. */
  known?: Partial<Values>
  done: (filed: Filed, photos: Photos, values: Values) => ReactNode
}

/**
 * The report of a child in danger, a step at a time. What was typed stays in this tab until the server has it, and on
 * the device only if its writer says so; it is sent once.
 */
export function Filing({ who, post, directory: names, store, draft, known, done }: Props) {
  const { t } = useTranslation('filing')
  const [values, setValues] = useState<Values>(() => draft?.values ?? { ...empty, ...known })
  const [at, setAt] = useState(() => draft?.step ?? 0)
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [keep, setKeep] = useState(!!draft)
  const [unkept, setUnkept] = useState(false)
  const [key, setKey] = useState(() => draft?.key ?? newKey())
  const [directory, setDirectory] = useState<Directory>()
  const [sent, setSent] = useState(() => (draft?.sending ? { values: draft.values, body: draft.body ?? bodyOf(draft.values, who) } : undefined))
  const photos = usePhotos()
  const { state, send, retry, drop } = useSender(post)
  const heading = useRef<HTMLHeadingElement>(null)
  const [moved, setMoved] = useState(0)
  const step = steps[at] as Step
  const dirty = JSON.stringify(values) !== JSON.stringify({ ...empty, ...known })

  const mend = (path: string) => setFaults((before) => Object.fromEntries(Object.entries(before).filter(([fault]) => !isOf(path)(fault))))
  const change = (to: Partial<Values>) => setValues((v) => ({ ...v, ...to }))

  // The names of places come after the form stands; without them it works as well.
  const askOnce = useRef(names)
  useEffect(() => {
    let gone = false
    const get = () => void askOnce.current().then((d) => { if (!gone) setDirectory(d) }).catch(() => undefined)
    get()
    window.addEventListener('online', get)
    return () => {
      gone = true
      window.removeEventListener('online', get)
    }
  }, [])

  // What the server finds wrong is shown where it was typed.
  function refused(problem: Problem) {
    const found = Object.fromEntries(problem.errors.map((e) => [e.field, e.message]))
    setFaults(found)
    setKey(newKey()) // it was refused and stored nowhere: what is sent next is another report
    const first = steps.findIndex((s) => Object.keys(found).some((path) => stepOf(path) === s))
    if (first >= 0) setAt(first)
    setMoved((n) => n + 1)
  }
  const outcome = {
    done: () => {
      if (store) void store.erase()
      setValues(empty)
    },
    refused,
  }

  // A draft that was to be sent is sent as it was, with the key that it had.
  const waiting = useRef(sent?.body)
  const resume = useEffectEvent((body: Body) => send(body, key, outcome))
  useEffect(() => {
    if (waiting.current) resume(waiting.current)
    waiting.current = undefined
  }, [])

  const { phase } = state
  const writing = phase === 'idle' || phase === 'refused'
  // What cannot be kept is sent all the same; nobody is told that it is kept.
  async function keepNow(what: Omit<Draft, 'id' | 'at'>) {
    try {
      await store?.save(what)
      setUnkept(false)
    } catch {
      setKeep(false)
      setUnkept(true)
    }
  }
  const save = useEffectEvent(keepNow)
  useEffect(() => {
    if (!store || !keep || !writing) return
    const timer = setTimeout(() => void save({ key, step: at, values, sending: false }), 300)
    return () => clearTimeout(timer)
  }, [store, keep, writing, key, at, values])

  // Whoever leaves is asked before what stands in this tab alone is thrown away.
  useHold(phase !== 'done' && dirty && !keep)

  useEffect(() => {
    if (moved === 0) return
    const first = document.querySelector<HTMLElement>('.filing [aria-invalid="true"], .filing [data-fault="true"]')
    window.scrollTo({ top: 0 })
    if (first) {
      first.focus()
      first.scrollIntoView({ block: 'center' })
    } else heading.current?.focus()
  }, [moved])

  function go(to: number) {
    setMoved((n) => n + 1)
    setAt(Math.max(0, Math.min(steps.length - 1, to)))
  }

  function next() {
    const lacks = missing(step, values)
    const words = Object.fromEntries(Object.entries(lacks).map(([path, why]) => [path, t(`missing.${why}`)]))
    setFaults((before) => ({ ...Object.fromEntries(Object.entries(before).filter(([path]) => stepOf(path) !== step)), ...words }))
    if (Object.keys(lacks).length) setMoved((n) => n + 1)
    else if (step === 'check') void file()
    else go(at + 1)
  }

  async function file() {
    // Another step may have been left out by going back and forth.
    const gap = steps.findIndex((s) => Object.keys(missing(s, values)).length)
    if (gap >= 0) return go(gap)
    setFaults({})
    const body = bodyOf(values, who, directory)
    if (keep) await keepNow({ key, step: at, values, sending: true, body })
    setSent({ values, body })
    send(body, key, outcome)
  }

  function allow(on: boolean) {
    setKeep(on)
    if (!store) return
    if (!on) void store.erase()
    else void keepNow({ key, step: at, values, sending: !writing, ...(writing ? {} : sent) }) // at once, while what keeps it can still be fetched
  }

  const careful = leaveTheBody(values.situations)

  if (state.phase === 'done') return <>{done(state.answer, photos, sent?.values ?? values)}</>
  if (state.phase === 'sending' || state.phase === 'waiting') {
    return (
      <div className="filing">
        <Waiting
          waits={state.phase === 'waiting' ? state : undefined}
          kept={keep}
          allow={store ? allow : undefined}
          photos={photos.photos.length > 0}
          retry={retry}
          drop={() => {
            drop()
            allow(false)
            photos.clear()
            setValues({ ...empty, ...known })
            setKey(newKey())
            setAt(0)
          }}
        />
      </div>
    )
  }
  const problem = state.phase === 'refused' ? state.problem : undefined
  const shared = { values, change, directory, who }
  return (
    <Faults value={{ faults, mend }}>
      <form className="filing" noValidate autoComplete="off" onSubmit={(e) => { e.preventDefault(); next() }}>
        <div className="progress">
          <span>{t('progress', { n: at + 1, all: steps.length })}</span>
          <progress value={at + 1} max={steps.length} aria-label={t('progressLabel')} />
        </div>
        <h2 ref={heading} tabIndex={-1}>{who === 'desk' && step === 'reporter' ? t('desk.step') : t(`steps.${step}`)}</h2>
        {problem && (
          <div className="problem" role="alert">
            <strong>{problem.code === 'unexpected' ? t('unexpected') : problem.title}</strong>
            {problem.detail && <p>{problem.detail}</p>}
            <p>{t('nothingLost')}</p>
          </div>
        )}
        {step === 'danger' && <DangerStep {...shared} />}
        {step === 'what' && <WhatStep {...shared} />}
        {step === 'where' && <WhereStep {...shared} />}
        {step === 'child' && <ChildStep {...shared} />}
        {step === 'reporter' && <ReporterStep {...shared} />}
        {step === 'check' && (
          <>
            <Review values={values} who={who} directory={directory} edit={(s) => go(steps.indexOf(s))} />
            <PhotoPicker of={photos} careful={careful} />
            {who === 'desk' && <Tick label={t('desk.readBack')} hint={t('desk.readBackHint')} value={values.readBack} onChange={(readBack) => change({ readBack })} />}
          </>
        )}
        {Object.keys(faults).length > 0 && <p className="fault" role="alert">{t('faults')}</p>}
        <div className="moves">
          {at > 0 && <button type="button" onClick={() => go(at - 1)}>{t('back')}</button>}
          <button type="submit" className="primary">{t(step === 'check' ? 'send' : 'next')}</button>
        </div>
        {store && <Tick label={t('keep.label')} hint={t('keep.hint')} value={keep} onChange={allow} />}
        {unkept && <p className="fault" role="alert">{t('keep.failed')}</p>}
      </form>
    </Faults>
  )
}

interface WaitingProps {
  waits?: { why: Why; seconds: number }
  kept: boolean
  allow?: (on: boolean) => void
  photos: boolean
  retry: () => void
  drop: () => void
}

/** While it is under way, or waits for the network. What may have arrived already is not changed any more. */
function Waiting({ waits, kept, allow, photos, retry, drop }: WaitingProps) {
  const { t } = useTranslation('filing')
  const [sure, setSure] = useState(false)
  const wait = useWait()
  if (!waits) return <p className="busy" role="status">{t('sending')}</p>
  return (
    <div className="waiting">
      <div role="status">
        <h2>{t(`waiting.${waits.why}`)}</h2>
        <p>{waits.why === 'offline' ? t('waiting.once') : t('waiting.again', { wait: wait(waits.seconds) })}</p>
        <p><strong>{t(kept ? 'waiting.kept' : 'waiting.tab')}</strong></p>
        {kept && photos && <p>{t('waiting.photos')}</p>}
        <p>{t('waiting.call')} <a href="tel:110">110</a></p>
      </div>
      {allow && <Tick label={t('keep.label')} hint={t('keep.hint')} value={kept} onChange={allow} />}
      <div className="moves">
        <button type="button" onClick={() => (sure ? drop() : setSure(true))}>{t(sure ? 'waiting.dropSure' : 'waiting.drop')}</button>
        <button type="button" className="primary" onClick={retry}>{t('waiting.retry')}</button>
      </div>
    </div>
  )
}
