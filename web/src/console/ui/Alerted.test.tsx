import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import type { ReactNode } from 'react'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

import type { Schemas } from '../../api/client'
import { queries } from '../../api/queries'
import words from '../../locales/zh-CN/ack.json'
import { AckButton, Alerted, restsUntil } from './Alerted'

type Obligation = Schemas['Obligation']

const owner = 'village:379999101203/director'
const head = 'city:379999000000/head'
const later = () => new Date(Date.now() + 3_600_000).toISOString()
const owed = (more: Partial<Obligation>): Obligation => ({ id: 'o', key: 'visit', name: { 'zh-CN': '走访', en: 'visit' }, rule: 'visit', owner, colour: 'red', start: later(), due: later(), rung: 2, occurrence: 1, epoch: 1, overdue: true, ...more })

function show(node: ReactNode) {
  return render(<QueryClientProvider client={queries}>{node}</QueryClientProvider>)
}

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'zh-CN', resources: { 'zh-CN': { ack: words } } })
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no network')))
})

afterEach(cleanup)

test('an alert is offered to whoever the server says may take it on, also after an earlier rung was', () => {
  const ask = vi.fn()
  const acked = { by: owner, at: '2026-03-04T02:00:00Z' } // of a rung that fired before: the climb rests no more
  show(<AckButton of={owed({ may_ack: [head], acked })} acknowledge={ask} />)
  screen.getByRole('button', { name: /签收/ }).click()
  expect(ask).toHaveBeenCalledOnce()
  cleanup()
  show(<AckButton of={owed({ acked })} acknowledge={ask} />)
  expect(screen.queryByRole('button')).toBeNull()
})

test('it counts as taken on only while the climb rests, and says by whom and until when', () => {
  const of = owed({ acked: { by: owner, at: later(), held_until: later() }, may_ack: [head] })
  expect(restsUntil(of, Date.now())).toBe(of.acked?.held_until)
  expect(restsUntil(of, Date.now() + 2 * 3_600_000)).toBeUndefined()
  const { container } = show(<><Alerted of={of} /><AckButton of={of} acknowledge={() => undefined} /></>)
  expect(container.textContent).toMatch(/已签收，至 \d\d-\d\d \d\d:\d\d 不再提醒/)
  expect(screen.getByRole('button', { name: /再次签收/ })).toBeTruthy()
})

test('a rung that reached another post than the one that owes it says so', () => {
  const { container } = show(<Alerted of={owed({ reached: [owner, head] })} />)
  expect(container.textContent).toMatch(/^提醒已到：/)
})
