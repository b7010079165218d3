import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey } from '../../../../api/client'
import type { Case } from '../data'

/** Renews all that depends on a case. */
export function useRenew(id: string) {
  const queries = useQueryClient()
  return () => void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] === 'list' || q.queryKey.includes(id) })
}

/** An Idempotency-Key that stays the same until what it was for is done. */
export function useKey() {
  const key = useRef(newKey())
  return { current: () => key.current, renew: () => (key.current = newKey()) }
}

/** Takes a step of a case with the fields of its form. */
export function useStep(of: Case, step: string, done: () => void) {
  const { t } = useTranslation('panels')
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  const key = useKey()
  return useMutation({
    mutationFn: (fields: Record<string, unknown>) =>
      ask(
        api.POST('/api/v1/cases/{id}/steps/{step}', {
          params: { path: { id: of.id, step }, header: { 'Idempotency-Key': key.current() } },
          body: { base: of.base, fields },
        }),
      ),
    onSuccess: () => {
      key.renew()
      void message.success(t('done'))
      renew()
      done()
    },
  })
}
