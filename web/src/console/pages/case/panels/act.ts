import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem } from '../../../../api/client'
import { useOnce } from '../../../ui/once'
import type { Case } from '../data'
import type { Command } from '../send'

/** Renews all that depends on a case. */
export function useRenew(id: string) {
  const queries = useQueryClient()
  return () => void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] === 'list' || q.queryKey.includes(id) })
}

/** What became of a step, in a word of panels:outcome. */
export function outcomeOf(command: Pick<Command, 'status' | 'proposed'>): 'proposed' | 'pending' | 'taken' {
  return command.status === 'pending' ? 'pending' : command.proposed ? 'proposed' : 'taken'
}

/**
 * Takes a step of a case with the fields of its form, against the state in which the form was opened. Where somebody decided
 * meanwhile, what is sent next is meant for the state that the refusal told of.
 */
export function useStep(of: Case, step: string, done: () => void) {
  const { t } = useTranslation('panels')
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  const base = useRef(of.base)
  return useOnce(
    (fields: Record<string, unknown>, key) =>
      ask(api.POST('/api/v1/cases/{id}/steps/{step}', { params: { path: { id: of.id, step }, header: { 'Idempotency-Key': key } }, body: { base: base.current, fields } })),
    {
      onSuccess: (command) => {
        void message.success(t(`outcome.${outcomeOf(command)}`))
        renew()
        done()
      },
      onError: (error) => {
        if (!(error instanceof Problem) || error.code !== 'case_moved_on') return
        base.current = error.body?.base ?? of.base
        renew()
      },
    },
  )
}
