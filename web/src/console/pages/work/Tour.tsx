import { Suspense, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'

import { withWords } from '../../../i18n/load'
import { useMe } from '../../session'

const Bubbles = withWords(() => import('./Bubbles'), 'tour')

const key = 'tonghu.tour'

/** Who has seen it on this device, by the ids of persons; "off" where nobody is to. */
function seen(person: string): boolean {
  try {
    const value = localStorage.getItem(key) ?? ''
    return value === 'off' || value.split(' ').includes(person)
  } catch {
    return true
  }
}

function note(person: string) {
  try {
    localStorage.setItem(key, [...new Set([...(localStorage.getItem(key) ?? '').split(' '), person])].filter(Boolean).join(' '))
  } catch {
    // A browser that keeps nothing shows nothing either.
  }
}

/** Four bubbles at the first sign-in of a person on a device; called again from the person's menu. */
export function Tour() {
  const me = useMe()
  const { state } = useLocation() as { state: { tour?: number } | null }
  const navigate = useNavigate()
  const [first, setFirst] = useState(() => !seen(me.person))
  const asked = state?.tour
  const open = first || !!asked
  const close = () => {
    setFirst(false)
    note(me.person)
    if (asked) void navigate('.', { replace: true, state: null })
  }
  if (!open) return null
  return <Suspense fallback={null}><Bubbles close={close} /></Suspense>
}
