import { useEffect, useEffectEvent, useRef, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey, Problem, type Schemas } from '../api/client'
import { Faults, Text } from '../filing/fields'
import { PhotoPicker, usePhotos } from '../filing/photos'
import { useHold } from '../unsaved'
import { wallText } from '../wall'
import { useSender, comesBack, pauseAfter, whyOf } from '../filing/send'
import { useWait } from '../filing/wait'
import { lookUp, write, type Line } from './server'

type Answer = Schemas['ReceiptAnswer']

/** How long what a 查询码 shows stays on a screen that nobody touches, in milliseconds. */
const idle = 10 * 60_000

/** 凭查询码查询: the five states, messages both ways, photos, and 没解决. The code stands in this page alone, and only while it is open. */
export function Receipt({ code: given }: { code: string }) {
  const { t } = useTranslation('public')
  const [typed, setTyped] = useState(given)
  const [code, setCode] = useState('')
  const [answer, setAnswer] = useState<Answer>()
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const [round, setRound] = useState(0)
  // An answer that is not waited for any more is not shown.
  const asked = useRef(0)

  async function look(with_: string) {
    const mine = ++asked.current
    setBusy(true)
    setProblem(undefined)
    try {
      const found = await lookUp(with_)
      if (mine !== asked.current) return
      setAnswer(found)
      setCode(with_)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (mine === asked.current) setProblem(error)
    } finally {
      if (mine === asked.current) setBusy(false)
    }
  }
  function forget() {
    asked.current++
    setBusy(false)
    setTyped('')
    setCode('')
    setAnswer(undefined)
    setProblem(undefined)
    setRound((n) => n + 1)
  }
  // Left alone, it forgets by itself.
  const over = useEffectEvent(forget)
  useEffect(() => {
    if (!code) return
    let timer = setTimeout(() => over(), idle)
    const touched = () => {
      clearTimeout(timer)
      timer = setTimeout(() => over(), idle)
    }
    for (const event of ['keydown', 'pointerdown'] as const) window.addEventListener(event, touched)
    return () => {
      clearTimeout(timer)
      for (const event of ['keydown', 'pointerdown'] as const) window.removeEventListener(event, touched)
    }
  }, [code])

  const wait = useWait()
  // Who is asked to wait is told how long; what broke on our side is said to be ours.
  const words = problem && (comesBack(problem) ? t(`receipt.failed.${whyOf(problem)}`, { wait: wait(pauseAfter(problem, 0)) }) : problem.title)
  return (
    <>
      <h1>{t('receipt.title')}</h1>
      {!answer && (
        <Faults value={{ faults: problem ? { code: words ?? '' } : {}, mend: () => setProblem(undefined) }}>
          <form className="filing" noValidate autoComplete="off" onSubmit={(e: FormEvent) => { e.preventDefault(); void look(typed) }}>
            <Text path="code" max={200} label={t('receipt.code')} hint={t('receipt.codeHint')} value={typed} onChange={setTyped} />
            {problem?.detail && !comesBack(problem) && <p className="hint">{problem.detail}</p>}
            <div className="moves"><button type="submit" className="primary" disabled={busy || !typed.trim()}>{t(busy ? 'receipt.looking' : 'receipt.look')}</button></div>
          </form>
        </Faults>
      )}
      {answer && <Shown key={round} of={answer} code={code} again={() => void look(code)} busy={busy} problem={words} forget={forget} add={(m) => setAnswer((a) => (a?.number === answer.number ? { ...a, messages: [...a.messages.filter((x) => x.id !== m.id), m] } : a))} />}
    </>
  )
}

interface ShownProps {
  of: Answer
  code: string
  again: () => void
  busy: boolean
  problem?: string
  forget: () => void
  add: (m: Answer['messages'][number]) => void
}

function Shown({ of, code, again, busy, problem, forget, add }: ShownProps) {
  const { t } = useTranslation('public')
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const photos = usePhotos()
  useHold(photos.pending)
  return (
    <div className="filing receipt">
      <section className={`state ${of.progress}`}>
        <p className="number">{of.number}</p>
        <h2 ref={heading} tabIndex={-1}>{of.text}</h2>
        <p>{t(`receipt.meaning.${of.progress}`)}</p>
        <p className="hint">{t('receipt.filed')} {wallText(of.filed_at)}</p>
        <button type="button" className="small" disabled={busy} onClick={again}>{t('receipt.refresh')}</button>
        {problem && <p className="fault" role="alert">{problem}</p>}
      </section>
      <section aria-label={t('receipt.messages')}>
        <h3>{t('receipt.messages')}</h3>
        {of.messages.length === 0 ? <p className="hint">{t('receipt.noMessages')}</p> : (
          <ol className="messages">
            {of.messages.map((m) => (
              <li key={m.id} className={m.from}>
                <span className="hint">{t(`receipt.from.${m.from}`)} · {wallText(m.at)}</span>
                <p>{m.text || t('receipt.unresolvedSaid')}</p>
                {m.asks && <p className="careful">{t('receipt.asks')}</p>}
              </li>
            ))}
          </ol>
        )}
        <Writer code={code} add={add} />
      </section>
      <PhotoPicker of={photos} careful={false} code={code} />
      <Unresolved code={code} add={add} />
      <div className="moves"><button type="button" onClick={forget}>{t('receipt.forget')}</button></div>
    </div>
  )
}

function useLine(add: ShownProps['add'], after: () => void) {
  const { state, send: sendOnce } = useSender<Line, Answer['messages'][number]>(write)
  const send = (line: Line) =>
    sendOnce(line, newKey(), {
      done: (m) => {
        add(m)
        after()
      },
    })
  return { state, send, busy: state.phase === 'sending' || state.phase === 'waiting' }
}

function Told({ state }: { state: ReturnType<typeof useLine>['state'] }) {
  const { t } = useTranslation('public')
  const wait = useWait()
  if (state.phase === 'waiting') return <p className="careful" role="status">{t(`receipt.waiting.${state.why}`, { wait: wait(state.seconds) })}</p>
  if (state.phase === 'refused') return <p className="fault" role="alert">{state.problem.title} {state.problem.errors[0]?.message ?? state.problem.detail}</p>
  if (state.phase === 'done') return <p role="status">{t('receipt.sent')}</p>
  return null
}

function Writer({ code, add }: { code: string; add: ShownProps['add'] }) {
  const { t } = useTranslation('public')
  const [text, setText] = useState('')
  const { state, send, busy } = useLine(add, () => setText(''))
  useHold(text.trim() !== '')
  return (
    <form noValidate autoComplete="off" onSubmit={(e) => { e.preventDefault(); if (text.trim() && !busy) send({ code, text: text.trim(), unresolved: false }) }}>
      <Text lines={3} max={4000} label={t('receipt.write')} hint={t('receipt.writeHint')} value={text} onChange={(v) => { if (!busy) setText(v) }} />
      <Told state={state} />
      <button type="submit" className="primary" disabled={busy || !text.trim()}>{t(busy ? 'receipt.sending' : 'receipt.send')}</button>
    </form>
  )
}

/** 没解决: opens a review by the office, with words or without. */
function Unresolved({ code, add }: { code: string; add: ShownProps['add'] }) {
  const { t } = useTranslation('public')
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const { state, send, busy } = useLine(add, () => { setText(''); setOpen(false) })
  useHold(text.trim() !== '' || busy)
  return (
    <section className="unresolved" aria-label={t('receipt.unresolved')}>
      <h3>{t('receipt.unresolvedTitle')}</h3>
      {!open && <button type="button" onClick={() => setOpen(true)}>{t('receipt.unresolved')}</button>}
      {open && (
        <form noValidate autoComplete="off" onSubmit={(e) => { e.preventDefault(); if (!busy) send({ code, text: text.trim(), unresolved: true }) }}>
          <p>{t('receipt.unresolvedHelp')}</p>
          <Text lines={3} max={4000} label={t('receipt.unresolvedWhy')} value={text} onChange={(v) => { if (!busy) setText(v) }} optional />
          <div className="moves">
            <button type="button" onClick={() => setOpen(false)}>{t('receipt.cancel')}</button>
            <button type="submit" className="primary" disabled={busy}>{t('receipt.unresolvedSend')}</button>
          </div>
        </form>
      )}
      {state.phase === 'done' ? <p role="status">{t('receipt.unresolvedDone')}</p> : <Told state={state} />}
    </section>
  )
}
