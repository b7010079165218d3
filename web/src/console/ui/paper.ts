import { useSyncExternalStore } from 'react'
import { flushSync } from 'react-dom'

// A browser prints what stands on the page when its listeners have returned: they draw it at once.
let printing = false
const media = window.matchMedia('print')
const listeners = new Set<() => void>()
const tell = () => flushSync(() => listeners.forEach((one) => one()))

for (const [event, to] of [['beforeprint', true], ['afterprint', false]] as const) {
  window.addEventListener(event, () => {
    printing = to
    tell()
  })
}
media.addEventListener('change', tell)

/** Whether the page is being put on paper now: lists then stand there whole, in light. */
export function useOnPaper(): boolean {
  return useSyncExternalStore(
    (one) => {
      listeners.add(one)
      return () => listeners.delete(one)
    },
    () => printing || media.matches,
  )
}
