import type { ReactNode } from 'react'
import { Navigate } from 'react-router'

import { menuOf } from './pages'
import { useMe } from './session'

/** The first page of who is signed in: the first of their menu, which is their work where they have any. */
export function Home({ children }: { children: ReactNode }) {
  const first = menuOf(useMe())[0]?.path ?? '/account'
  return first === '/' ? children : <Navigate to={first} replace />
}
