import { MutationObserver, onlineManager, QueryObserver } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'

import { Problem } from './client'
import { queries } from './queries'

afterEach(() => {
  onlineManager.setOnline(true)
  queries.clear()
})

const offline = () => Promise.reject(new Problem('offline', 0, 'offline'))

test('what is done without a network fails at once and is not sent later', async () => {
  onlineManager.setOnline(false)
  const send = vi.fn(offline)
  await expect(new MutationObserver(queries, { mutationFn: send }).mutate()).rejects.toMatchObject({ code: 'offline' })
  expect(send).toHaveBeenCalledTimes(1)
  onlineManager.setOnline(true)
  await queries.resumePausedMutations()
  expect(send).toHaveBeenCalledTimes(1)
})

test('what is opened without a network says so, and comes by itself when there is one', async () => {
  queries.mount()
  onlineManager.setOnline(false)
  const ask = vi.fn<() => Promise<string>>(offline)
  const asked = new QueryObserver(queries, { queryKey: ['page'], queryFn: ask, retry: false })
  const stop = asked.subscribe(() => undefined)
  await vi.waitFor(() => expect(asked.getCurrentResult()).toMatchObject({ status: 'error', fetchStatus: 'idle' }))
  ask.mockResolvedValue('there')
  onlineManager.setOnline(true)
  await vi.waitFor(() => expect(asked.getCurrentResult().data).toBe('there'))
  stop()
  queries.unmount()
})
