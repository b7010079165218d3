import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { api, ask, type Schemas } from '../../../api/client'
import { isUnsure } from '../../ui/once'
import type { Case } from './data'
import type { Body } from './table'

export type Command = Schemas['Command']

/** Sends a filled form. What the server answers with is the page's new state. */
export function useSend(of: Case, step: string) {
  const queries = useQueryClient()
  return useMutation<Command, Error, { body: Body; base: number; key: string }>({
    mutationFn: ({ body, base, key }) =>
      ask(api.POST('/api/v1/cases/{id}/steps/{step}', { params: { path: { id: of.id, step }, header: { 'Idempotency-Key': key } }, body: { base, ...body } })),
    onSuccess: (command) => {
      if (command.case) queries.setQueryData(['case', of.id], command.case)
      void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] === 'list' || q.queryKey.includes(of.id) })
    },
    onError: (error) => {
      if (!isUnsure(error)) void queries.invalidateQueries({ queryKey: ['case', of.id] })
    },
  })
}

/** Follows a step that was accepted and is not done yet. */
export function useCommand(of: Case, command: string | undefined) {
  return useQuery({
    queryKey: ['command', of.id, command],
    enabled: !!command,
    queryFn: () => ask(api.GET('/api/v1/cases/{id}/commands/{command}', { params: { path: { id: of.id, command: command ?? '' } } })),
    refetchInterval: (q) => (q.state.data && q.state.data.status !== 'pending' ? false : 2000),
  })
}
