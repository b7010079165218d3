import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

import { queries } from '../../../api/queries'
import { start } from '../../../i18n'
import words from '../../../locales/zh-CN/case.json'
import common from '../../../locales/zh-CN/common.json'
import type { Case, Event, Step } from './data'
import { Done } from './Done'
import type { Command } from './send'
import { TakeStep } from './take'

const step = (name: string) => ({ name, label: { 'zh-CN': name, en: name }, roles: [], form: [] as Step['form'] }) as unknown as Step
const steps = [step('task_assign'), step('task_withdraw')]
const of = { id: 'c', allowed: ['task_withdraw'], tasks: [{ n: 1 }, { n: 2 }], proposals: [] } as unknown as Case
const command = { command: 'own', status: 'done' } as Command
const event = (by: string, task: number) => ({ type: 'step', command: by, task, at: '2026-03-04T02:00:00Z', seq: task, index: 0, rung: 0 }) as Event

beforeAll(() => {
  start({ 'zh-CN': { case: words, common } })
  queries.setQueryDefaults(['events'], { staleTime: Infinity })
  queries.setQueryDefaults(['me'], { staleTime: Infinity })
  queries.setQueryData(['me'], { person: 'p', state: 'signed_in', posts: [] })
  Element.prototype.scrollIntoView = () => undefined
})

afterEach(cleanup)

test('what a task is taken back by is the task of its own command, once that is known', () => {
  const take = vi.fn()
  queries.setQueryData(['events', 'c'], [event('another', 2)])
  const shown = <QueryClientProvider client={queries}><TakeStep.Provider value={take}><Done of={of} step={steps[0]!} command={command} steps={steps} close={() => undefined} /></TakeStep.Provider></QueryClientProvider>
  const { unmount } = render(shown)
  const undo = () => screen.queryByRole('button', { name: 'task_withdraw' })
  expect(undo()).toBeNull()
  unmount()
  queries.setQueryData(['events', 'c'], [event('own', 1), event('another', 2)])
  render(shown)
  fireEvent.click(undo()!)
  expect(take).toHaveBeenCalledWith(expect.objectContaining({ step: 'task_withdraw', preset: { task: 1 } }))
})

test('that a step waits for its second person is told until they have answered', () => {
  const proposed = { command: 'own', status: 'done', proposed: true } as Command
  const shown = (proposals: { id: string }[]) => <QueryClientProvider client={queries}><Done of={{ ...of, proposals } as unknown as Case} step={steps[0]!} command={proposed} steps={steps} close={() => undefined} /></QueryClientProvider>
  const { rerender } = render(shown([])) // the case has not been read again yet
  expect(screen.getByRole('status')).toBeTruthy()
  rerender(shown([{ id: 'own' }]))
  expect(screen.getByRole('status')).toBeTruthy()
  rerender(shown([]))
  expect(screen.queryByRole('status')).toBeNull()
})
