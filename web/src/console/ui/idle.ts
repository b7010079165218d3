import { useEffect, useState } from 'react'

import { api, ask } from '../../api/client'
import { needSignIn } from '../session'

// When somebody last touched the console, in any tab of this browser.
const touched = 'tonghu.touched'
const every = 5_000
const warned = 60_000

function lastTouched(): number {
  try {
    return Number(localStorage.getItem(touched)) || 0
  } catch {
    return Date.now()
  }
}

/**
 * Ends the session of a screen that nobody touches: what renews itself on it would else keep the session open for ever.
 * Tells when that is less than a minute away.
 */
export function useIdleLock(seconds: number, ended: boolean): boolean {
  const [leaving, setLeaving] = useState(false)
  useEffect(() => {
    if (ended || !seconds) return
    let noted = 0
    const note = () => {
      const now = Date.now()
      setLeaving(false)
      if (now - noted < every) return
      noted = now
      try {
        localStorage.setItem(touched, String(now))
      } catch {
        // Without storage each tab is on its own.
      }
    }
    const look = () => {
      const left = lastTouched() + seconds * 1000 - Date.now()
      setLeaving(left < Math.min(warned, seconds * 500))
      if (left > 0) return
      void ask(api.DELETE('/api/v1/session')).then(needSignIn, () => undefined)
    }
    note()
    const events = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const
    for (const name of events) window.addEventListener(name, note, { passive: true })
    const timer = setInterval(look, every)
    return () => {
      clearInterval(timer)
      for (const name of events) window.removeEventListener(name, note)
    }
  }, [seconds, ended])
  return leaving
}
