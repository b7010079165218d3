import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

// What jsdom lacks and the modules ask for as they come; and a server, at an address that Node takes.
const answer = vi.hoisted(() => {
  const at = vi.fn<(request: Request) => Promise<Response>>()
  vi.stubGlobal('fetch', at)
  vi.stubGlobal('Request', class extends Request {
    constructor(path: string, init?: RequestInit) { super(new URL(path, 'http://localhost'), init) }
  })
  window.matchMedia = (media) => Object.assign(new EventTarget(), { matches: false, media, onchange: null, addListener: () => {}, removeListener: () => {} }) as MediaQueryList
  return at
})

import type { Schemas } from '../../api/client'
import { queries } from '../../api/queries'
import { start } from '../../i18n'
import ack from '../../locales/zh-CN/ack.json'
import common from '../../locales/zh-CN/common.json'
import { Acknowledge } from './Acknowledge'

const head = 'city:379999000000/head'
const at = '2026-03-04T02:00:00Z'
const yellow: Schemas['Obligation'] = { id: 'o', key: 'triage', name: { 'zh-CN': '研判', en: 'triage' }, rule: 'triage', owner: head, colour: 'yellow', start: at, due: at, rung: 2, occurrence: 1, epoch: 1, overdue: true, may_ack: [head] }

const sent: { who?: string; by?: string }[] = []

beforeAll(() => {
  start({ 'zh-CN': { ack, common } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  answer.mockImplementation(async (request) => {
    if (request.method !== 'POST') return Response.json({ places: [], units: [] })
    const body = (await request.json()) as { who?: string; by?: string }
    sent.push(body)
    const errors = (['who', 'by'] as const).filter((f) => !body[f]).map((field) => ({ field, reason: 'required', message: '请填写此项' }))
    if (errors.length === 0) return Response.json({}, { status: 202 })
    return Response.json({ code: 'form_invalid', status: 422, title: '填写有误', errors }, { status: 422, headers: { 'Content-Type': 'application/problem+json' } })
  })
})

// What is animated would go on after the test's window is gone.
afterEach(cleanup)

test('a case that turned red under the form says so, suggests by when, and asks who goes', async () => {
  const close = vi.fn()
  render(<QueryClientProvider client={queries}><App><Acknowledge of={yellow} close={close} /></App></QueryClientProvider>)
  const press = () => fireEvent.click(screen.getByRole('button', { name: /签\s?收/ }))
  press()
  await screen.findByText(ack.turned)
  await screen.findByText('请填写此项') // beside who goes; the time is suggested
  expect(screen.getByLabelText<HTMLInputElement>(ack.by).value).not.toBe('')
  fireEvent.change(screen.getByLabelText(ack.who), { target: { value: '高建国' } })
  press()
  await waitFor(() => expect(close).toHaveBeenCalledOnce())
  expect(sent).toHaveLength(2)
  expect(sent[1]).toMatchObject({ who: '高建国', by: expect.stringMatching(/^20/) as string })
})
