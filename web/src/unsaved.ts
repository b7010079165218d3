import { useEffect } from 'react'

/** By what it would be lost: by leaving the page, or only by closing the tab or signing out. */
export type Loss = 'page' | 'tab'

const holds = new Map<unknown, () => Loss | undefined>()

/** Says what would be lost of something, and when; asked whenever somebody is about to leave. Without it, it is released. */
export function hold(what: unknown, loss?: () => Loss | undefined) {
  if (loss) holds.set(what, loss)
  else holds.delete(what)
}

/** Nothing is held any more: whoever leaves has said so, or all of it is kept. */
export function releaseAll() {
  holds.clear()
}

/** Whether words, or a code that is shown once, would be lost. */
export function wouldLose(by: Loss): boolean {
  return [...holds.values()].some((loss) => {
    const is = loss()
    return is === 'page' || (is === 'tab' && by === 'tab')
  })
}

window.addEventListener('beforeunload', (event) => {
  if (wouldLose('tab')) event.preventDefault()
})

/** Holds something on this page for as long as it is so. */
export function useHold(on: boolean) {
  useEffect(() => {
    if (!on) return
    const what = Symbol('held')
    hold(what, () => 'page')
    return () => hold(what)
  }, [on])
}
