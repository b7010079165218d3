import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'

const answer = vi.hoisted(() => {
  const at = vi.fn<(request: Request) => Promise<Response>>()
  vi.stubGlobal('fetch', at)
  vi.stubGlobal('Request', class extends Request {
    constructor(path: string, init?: RequestInit) { super(new URL(path, 'http://localhost'), init) }
  })
  return at
})

import { queries } from '../api/queries'
import { enter, useSession, type Me } from './session'

const person = (id: string): Me => ({ person: id, state: 'signed_in', posts: [] as Me['posts'] }) as Me

function Around({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>
}

afterEach(cleanup)

test('what was shown to one person goes when another is found signed in, and stays with the same', async () => {
  enter(person('one'))
  const { result } = renderHook(() => useSession(), { wrapper: Around })
  for (const [id, kept] of [['one', 'theirs'], ['two', undefined]] as const) {
    queries.setQueryData(['case', 'c'], 'theirs')
    answer.mockImplementation(async () => Response.json(person(id)))
    await result.current.refetch()
    await waitFor(() => expect(result.current.data?.person).toBe(id))
    expect(queries.getQueryData(['case', 'c'])).toBe(kept)
  }
  expect(answer).toHaveBeenCalledTimes(2)
})
