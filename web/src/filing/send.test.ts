import { afterEach, expect, test, vi } from 'vitest'

import { Problem } from '../api/client'
import { Sender } from './send'

afterEach(() => vi.useRealTimers())

/** A sender whose post fails so, and how often it was tried. */
function failing(problem: Problem) {
  const post = vi.fn(() => Promise.reject<string>(problem))
  return { post, sender: new Sender(post) }
}

const answered = (status: number, retryAfter?: number) => new Problem('unexpected', status, '', '', [], undefined, retryAfter)

test('what comes back says whether the network, the load or a fault of ours is why, and when it is tried again', async () => {
  vi.useFakeTimers()
  for (const [problem, why, seconds] of [
    [answered(0), 'offline', 3],
    [answered(429, 60), 'busy', 60],
    [answered(503, 2), 'busy', 3],
    [answered(500), 'broken', 3],
    [answered(502), 'broken', 3],
    [answered(429, 86_400), 'busy', 600],
  ] as const) {
    const { post, sender } = failing(problem)
    sender.send('report', 'key')
    await vi.advanceTimersByTimeAsync(0)
    expect(sender.state).toEqual({ phase: 'waiting', why, seconds })
    await vi.advanceTimersByTimeAsync(seconds * 1_000 - 1)
    expect(post).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(post.mock.calls).toEqual([['report', 'key'], ['report', 'key']])
    sender.stop()
  }
})

test('what the server refuses is not tried again', async () => {
  vi.useFakeTimers()
  const { post, sender } = failing(answered(422))
  sender.send('report', 'key')
  await vi.advanceTimersByTimeAsync(600_000)
  expect(sender.state.phase).toBe('refused')
  expect(post).toHaveBeenCalledTimes(1)
})
