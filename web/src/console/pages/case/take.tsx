import { createContext, useContext } from 'react'

import type { Kept } from './kept'

/** A form to open: of which step, with what filled in, for whose obligation. */
export interface Taking {
  step: string
  preset?: Record<string, unknown>
  owner?: string
  /** What the server kept of it when it was refused. */
  kept?: Kept
}

/** Opens the form of a step of the case that the page shows; only steps that are allowed have one. */
export const TakeStep = createContext<(taking: Taking) => void>(() => {})

export function useTakeStep() {
  return useContext(TakeStep)
}
