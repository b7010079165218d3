import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'

import { newKey, Problem } from '../../api/client'

/** Whether nothing is known of what was sent: it is to be sent again as it was, under its key. */
export function isUnsure(error: unknown): boolean {
  return !(error instanceof Problem) || error.status === 0 || error.status >= 500 || ['request_in_flight', 'request_timeout', 'moving', 'unavailable', 'conflict'].includes(error.code)
}

interface Told<A> {
  onSuccess?: (answer: A) => void
  onError?: (error: Error) => void
}

/**
 * Sends something under an Idempotency-Key, which stays the same until it was answered: what is sent after an answer, be it
 * a refusal, is another thing.
 */
export function useOnce<B, A>(put: (body: B, key: string) => Promise<A>, { onSuccess, onError }: Told<A> = {}) {
  const key = useRef(newKey())
  return useMutation<A, Error, B>({
    mutationFn: (body) => put(body, key.current),
    onSuccess: (answer) => {
      key.current = newKey()
      onSuccess?.(answer)
    },
    onError: (error) => {
      if (!isUnsure(error)) key.current = newKey()
      onError?.(error)
    },
  })
}
