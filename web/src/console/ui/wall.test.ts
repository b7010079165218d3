// @vitest-environment node
import { afterAll, beforeAll, expect, test } from 'vitest'

import { onTheWall, wallOf, wallText } from './wall'

const own = process.env.TZ

beforeAll(() => {
  process.env.TZ = 'America/New_York'
})

afterAll(() => {
  if (own === undefined) delete process.env.TZ
  else process.env.TZ = own
})

test('times are those of China, whatever zone the computer keeps', () => {
  const at = '2026-11-24T16:05:59Z'
  expect(new Date(at).getHours()).toBe(11)
  expect(wallText(at)).toBe('2026-11-25 00:05')
  expect(wallText(at, 'day')).toBe('2026-11-25')
  expect(wallText(at, 'second')).toBe('2026-11-25 00:05:59')
  expect(wallOf(at).format('YYYY-MM-DD HH:mm')).toBe('2026-11-25 00:05')
  expect(onTheWall(wallOf(at))).toBe('2026-11-25T00:05:59+08:00')
  expect(wallText('2026-03-07T18:30:00Z'), 'where clocks are put forward then').toBe('2026-03-08 02:30')
})
