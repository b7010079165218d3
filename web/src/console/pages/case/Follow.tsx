import { useEffect, useEffectEvent } from 'react'

import { newKey } from '../../../api/client'
import type { Case } from './data'
import { keepDraft, type Draft, type Place } from './drafts'
import { useCommand, type Command } from './send'

interface Props {
  of: Case
  at: Place
  draft: Draft
  ended: (at: Place, command: Command) => void
}

/** Follows a form that was accepted to its end, whether its drawer is open or not. What is refused is to be filled in again. */
export function Follow({ of, at, draft, ended }: Props) {
  const said = useCommand(of, draft.accepted).data
  const end = useEffectEvent((command: Command) => {
    if (command.status === 'refused') keepDraft(at, { ...draft, accepted: undefined, key: newKey() })
    ended(at, command)
  })
  useEffect(() => {
    if (said && said.status !== 'pending') end(said)
  }, [said])
  return null
}
