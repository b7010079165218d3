import type { Dayjs } from 'dayjs'
import { expect, test } from 'vitest'

import type { Step } from './data'
import { aboutOf, draftOf, dropDraft, keepDraft, type Draft, type Place } from './drafts'
import { draftOfKept, keptFor, madeGood, presetOfKept, type Kept } from './kept'
import { wouldLose } from '../../../unsaved'

const draft = (text: string): Draft => ({ values: { fields: { reason: text } }, base: 4, key: text, dirty: true })

const field = (name: string, type: string, more: object = {}) => ({ name, type, required: true, sealed: false, label: { 'zh-CN': name, en: name }, ...more })
const step = { name: 'task_return', form: [field('task', 'int'), field('reason', 'text', { sealed: true }), field('again', 'bool'), field('kinds', 'multi'), field('until', 'time'), field('person', 'id')] } as unknown as Step
const kept = (command: string, task: string): Kept => ({
  command, case: 'c', step: 'task_return', base: 3, at: '2026-03-04T02:00:00Z',
  fields: { task, again: 'true', kinds: 'a,b', until: '2026-03-05T02:00:00Z', person: 'p' }, sealed: { reason: `理由 ${task}` },
})

test('what is typed for one task does not show in the form of another', () => {
  const one: Place = { case: 'c', step: 'task_return', about: aboutOf({ task: 1 }) }
  const two: Place = { ...one, about: aboutOf({ task: 2 }) }
  keepDraft(one, draft('for one'))
  expect(draftOf('', two)).toBeUndefined()
  expect(draftOf('', one)?.key).toBe('for one')
  dropDraft(one)
})

test('a form that was begun is asked about by the tab, not by the page; one that was accepted is not', () => {
  const at: Place = { case: 'c', step: 'note', about: '' }
  keepDraft(at, draft('x'))
  expect([wouldLose('page'), wouldLose('tab')]).toEqual([false, true])
  keepDraft(at, { ...draft('x'), accepted: 'command' })
  expect(wouldLose('tab')).toBe(false)
  dropDraft(at)
})

test('another person at the same tab finds no form', () => {
  const at: Place = { case: 'c', step: 'note', about: '' }
  draftOf('anna', at)
  keepDraft(at, draft('x'))
  expect(draftOf('bella', at)).toBeUndefined()
})

test('a form that was refused opens again as it was typed, under a new key', () => {
  const again = draftOfKept(kept('k1', '1'), step)
  expect(again.values.fields).toMatchObject({ task: 1, reason: '理由 1', again: true, kinds: ['a', 'b'], person: 'p' })
  const until = again.values.fields?.until as Dayjs | undefined
  expect(until?.format('YYYY-MM-DD HH:mm')).toBe('2026-03-05 10:00')
  expect(again).toMatchObject({ base: 3, dirty: true })
  expect(again.key).not.toBe('k1')
})

test('the draft of one task is neither offered for another nor dropped with it', () => {
  const drafts = [kept('k1', '1'), kept('k2', '2')]
  expect(presetOfKept(kept('k1', '1'), step)).toEqual({ task: 1 })
  expect(keptFor(drafts, 'task_return', { task: 2 }).map((d) => d.command)).toEqual(['k2'])
  expect(madeGood(drafts, step, { task: 2, person: 'other' }).map((d) => d.command)).toEqual(['k2'])
})
