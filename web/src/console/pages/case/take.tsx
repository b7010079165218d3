import { createContext, useContext } from 'react'

/** A form to open: of which step, with what filled in, for whose obligation. */
export interface Taking {
  step: string
  preset?: Record<string, unknown>
  owner?: string
}

/** Opens the form of a step of the case that the page shows; only steps that are allowed have one. */
export const TakeStep = createContext<(taking: Taking) => void>(() => {})

export function useTakeStep() {
  return useContext(TakeStep)
}
