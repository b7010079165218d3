import { useEffect } from 'react'
import { useLocation } from 'react-router'

import { queries } from '../../api/queries'

// Whether something was typed into a form of this page and not sent since. Forms need not say so themselves: what a
// person types bubbles up, and what is sent is a mutation.
let typed = false

function noteTyping(event: Event) {
  const at = event.target
  if (!(at instanceof HTMLTextAreaElement || (at instanceof HTMLInputElement && at.type === 'text'))) return
  if (at.closest('form') && !at.closest('[role=search], [data-passing]')) typed = at.value !== ''
}

/** Whether words in a form would be lost by leaving. */
export function hasUnsaved(): boolean {
  return typed
}

/** Says that what was typed has been sent, where no mutation tells. */
export function noteSent() {
  typed = false
}

/** Keeps watch over what is typed and sent; asks before the window is closed over unsent words. */
export function useUnsavedWatch() {
  const { pathname } = useLocation()
  useEffect(() => {
    typed &&= pathname !== window.location.pathname
  }, [pathname])
  useEffect(() => {
    const stop = queries.getMutationCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'success') typed = false
    })
    const ask = (event: BeforeUnloadEvent) => {
      if (typed) event.preventDefault()
    }
    document.addEventListener('input', noteTyping)
    window.addEventListener('beforeunload', ask)
    return () => {
      stop()
      document.removeEventListener('input', noteTyping)
      window.removeEventListener('beforeunload', ask)
    }
  }, [])
}
