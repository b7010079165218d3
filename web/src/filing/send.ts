import { useEffect, useState, useSyncExternalStore } from 'react'

import { Problem } from '../api/client'

/** Why something waits: the network is away, the service has too much to do, or something broke on its side. */
export type Why = 'offline' | 'busy' | 'broken'

/** How a sending stands: waiting goes on by itself after so many seconds, refused is for the person to mend. */
export type Sending<T> =
  | { phase: 'idle' }
  | { phase: 'sending' }
  | { phase: 'waiting'; why: Why; seconds: number }
  | { phase: 'refused'; problem: Problem }
  | { phase: 'done'; answer: T }

/** What is done with the outcome, once there is one. */
interface Outcome<T> {
  done?: (answer: T) => void
  refused?: (problem: Problem) => void
}

/** Whether a failure leaves open if the server took it in: then the same is sent again with the same key, and nothing else. */
export function comesBack(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 408 || problem.status === 429 || problem.status >= 500 || problem.code === 'request_in_flight'
}

export function whyOf(problem: Problem): Why {
  if (problem.status === 0) return 'offline'
  return problem.status >= 500 && problem.status !== 503 ? 'broken' : 'busy'
}

/** Seconds until the next try of its own, whatever the browser believes of the network. */
const pauses = [3, 6, 12, 30]
/** The longest that the server is believed to want to be left alone, in seconds. */
const longestRest = 600

/** Seconds until what came back is tried again: no sooner than the server says. */
export function pauseAfter(problem: Problem, tries: number): number {
  return Math.max(pauses[Math.min(tries, pauses.length - 1)] ?? 0, Math.min(problem.retryAfter ?? 0, longestRest))
}

/**
 * Sends one thing until the server has answered it: again when the network is back, and from time to time. What is sent
 * and its key stay the same for all tries, so that it is taken in once.
 */
export class Sender<B, T> {
  state: Sending<T> = { phase: 'idle' }
  private held?: { body: B; key: string; tries: number; then: Outcome<T> }
  private busy = false
  private timer?: ReturnType<typeof setTimeout>
  private readonly listeners = new Set<() => void>()

  constructor(private readonly post: (body: B, key: string) => Promise<T>) {}

  subscribe = (tell: () => void) => {
    this.listeners.add(tell)
    return () => this.listeners.delete(tell)
  }

  snapshot = () => this.state

  send = (body: B, key: string, then: Outcome<T> = {}) => {
    this.held = { body, key, tries: 0, then }
    void this.attempt()
  }

  /** Tries at once what waits. */
  retry = () => void this.attempt()

  /** Forgets what waits; what the server has taken in already stays there. */
  drop = () => {
    this.held = undefined
    this.stop()
    this.show({ phase: 'idle' })
  }

  /** Tries no more by itself. */
  stop = () => clearTimeout(this.timer)

  private show(state: Sending<T>) {
    this.state = state
    for (const tell of this.listeners) tell()
  }

  private async attempt() {
    const what = this.held
    if (!what || this.busy) return
    this.busy = true
    this.stop()
    this.show({ phase: 'sending' })
    try {
      const answer = await this.post(what.body, what.key)
      if (this.held === what) {
        this.held = undefined
        what.then.done?.(answer)
        this.show({ phase: 'done', answer })
      }
    } catch (error) {
      if (this.held === what) this.failed(error instanceof Problem ? error : new Problem('unexpected', 0, String(error)))
    } finally {
      this.busy = false
      if (this.held && this.held !== what) void this.attempt()
    }
  }

  private failed(problem: Problem) {
    const what = this.held
    if (!what) return
    if (comesBack(problem)) {
      const seconds = pauseAfter(problem, what.tries++)
      this.timer = setTimeout(this.retry, seconds * 1_000)
      this.show({ phase: 'waiting', why: whyOf(problem), seconds })
    } else {
      this.held = undefined
      what.then.refused?.(problem)
      this.show({ phase: 'refused', problem })
    }
  }
}

/** A sender of this part of the screen; it goes with it. */
export function useSender<B, T>(post: (body: B, key: string) => Promise<T>) {
  const [sender] = useState(() => new Sender(post))
  useEffect(() => {
    window.addEventListener('online', sender.retry)
    return () => {
      window.removeEventListener('online', sender.retry)
      sender.stop()
    }
  }, [sender])
  const state = useSyncExternalStore(sender.subscribe, sender.snapshot)
  return { state, send: sender.send, retry: sender.retry, drop: sender.drop }
}
