import { QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, test } from 'vitest'

import { Problem } from '../../api/client'
import { queries } from '../../api/queries'
import { useOnce } from './once'

function Around({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>
}

afterEach(cleanup)

test('a key lives until what was sent with it is answered, also by a refusal', async () => {
  const keys: string[] = []
  const answers = [new Problem('offline', 0, ''), new Problem('unavailable', 503, ''), new Problem('case_moved_on', 409, ''), undefined, undefined]
  const { result } = renderHook(
    () =>
      useOnce((_: string, key: string) => {
        keys.push(key)
        const error = answers[keys.length - 1]
        return error ? Promise.reject(error) : Promise.resolve('done')
      }),
    { wrapper: Around },
  )
  for (const n of answers.keys()) {
    act(() => result.current.mutate('x'))
    await waitFor(() => expect(keys).toHaveLength(n + 1))
    await waitFor(() => expect(result.current.isPending).toBe(false))
  }
  const [lost, unsure, refused, again, another] = keys
  expect(unsure).toBe(lost)
  expect(refused).toBe(lost)
  expect(again).not.toBe(lost)
  expect(another).not.toBe(again)
})
