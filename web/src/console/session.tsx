import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'

import { api, ask, onSignInNeeded, Problem, type Schemas } from '../api/client'
import { queries } from '../api/queries'
import { forgetStrayViews } from './ui/saved'

export type Me = Schemas['Me']
export type Role = Schemas['Post']['role']

// Whether the session of who works here has ended. Who they are stays, and so does the page with what they typed, until
// they are back.
let ended = false
const listeners = new Set<() => void>()

function setEnded(to: boolean) {
  if (ended === to) return
  ended = to
  for (const tell of listeners) tell()
}

function present(): Me | undefined {
  const me = queries.getQueryData<Me | null>(['me'])
  return me?.state === 'signed_in' ? me : undefined
}

/** Says that somebody has to sign in again before they go on. */
export function needSignIn() {
  if (present()) setEnded(true)
  else void queries.invalidateQueries({ queryKey: ['me'] })
}

onSignInNeeded(() => {
  if (present()) setEnded(true)
})

/** Whether the one who works here has to sign in again. */
export function useEnded(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => ended,
  )
}

// Who is signed in stays: the page around everything looks at it.
function forget() {
  queries.removeQueries({ predicate: (q) => q.queryKey[0] !== 'me' })
  queries.getMutationCache().clear()
}

/** Takes in who has signed in. What was shown to somebody else goes. */
export function enter(me: Me) {
  const before = present()
  if (before && before.person !== me.person) forget()
  queries.setQueryData(['me'], me)
  setEnded(false)
  void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'me' })
}

/** Forgets who was signed in, and everything that was shown to them. */
export function leave() {
  forgetStrayViews()
  setEnded(false)
  forget()
  queries.setQueryData(['me'], null)
}

/** Who is signed in, or on the way to it; null when nobody is. */
export function useSession() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<Me | null> => {
      try {
        const me = await ask(api.GET('/api/v1/me'))
        const before = present()
        if (before && me.state !== 'signed_in') {
          setEnded(true)
          return before
        }
        if (before && before.person !== me.person) {
          forget() // they signed in in another tab
          setEnded(false)
        }
        return me
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return present() ?? null
        throw error
      }
    },
    staleTime: 60_000,
  })
}

/** Who is signed in, on pages that are shown to them only. */
export function useMe(): Me {
  const { data } = useSession()
  if (!data) throw new Error('nobody is signed in')
  return data
}

/** Whether one of the posts has one of the roles. */
export function hasRole(me: Me, ...roles: Role[]): boolean {
  return me.posts.some((p) => roles.includes(p.role))
}
