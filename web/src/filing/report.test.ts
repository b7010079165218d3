// @vitest-environment node
import { expect, test } from 'vitest'

import { leaveTheBody } from '../evidence'
import { bodyOf, empty, missing, shanghai, stepOf, steps, type Directory } from './report'

const directory: Directory = {
  city: '379999000000',
  places: [],
  units: [{ name: 'first_hospital', title: '安和市第一人民医院' }],
}

test('an empty form says nothing beyond the danger', () => {
  expect(bodyOf(empty, 'public')).toEqual({ danger: 'unsure' })
})

test('who stays unnamed is not named by what was typed before', () => {
  const v = { ...empty, danger: 'no' as const, named: 'yes' as const, name: '苏文静', phone: '13900000001' }
  expect(bodyOf(v, 'public').reporter).toEqual({ name: '苏文静', phone: '13900000001' })
  expect(bodyOf({ ...v, named: 'no' }, 'public').reporter).toEqual({ phone: '13900000001' })
})

test('a unit is named only where the report is of its work', () => {
  const v = { ...empty, danger: 'no' as const, unit: '安和市第一人民医院', inUnitName: 'yes' as const }
  expect(bodyOf(v, 'public', directory)).toEqual({ danger: 'no' })
  expect(bodyOf({ ...v, duty: 'medical' }, 'public', directory)).toEqual({ danger: 'no', duty_unit: true, unit: 'first_hospital', reporter: { duty: 'medical', unit: '安和市第一人民医院' } })
  expect(bodyOf({ ...v, duty: 'medical', inUnitName: 'no' }, 'public', directory)).toMatchObject({ reporter: { personal: true } })
  expect(bodyOf({ ...v, inUnitName: 'no' }, 'unit', directory)).toMatchObject({ reporter: { personal: true } })
  expect(bodyOf({ ...v, duty: 'medical', inUnitName: 'no' }, 'desk', directory).reporter).not.toHaveProperty('personal')
})

test('times are those of China', () => {
  const v = { ...empty, danger: 'yes' as const, policeCalled: 'yes' as const, policeAt: '2026-11-24T08:30', foundAt: '2026-11-23T20:00' }
  expect(bodyOf(v, 'public')).toEqual({ danger: 'yes', police: { reported_at: '2026-11-24T08:30:00+08:00' }, found_at: '2026-11-23T20:00:00+08:00' })
  expect(shanghai(new Date('2026-11-24T16:05:59Z'))).toBe('2026-11-25T00:05:00+08:00')
})

test('why the police were not called is told only where they were not', () => {
  const v = { ...empty, danger: 'no' as const, policeReason: ' 先送医，由班主任报警 ' }
  expect(bodyOf(v, 'public')).not.toHaveProperty('police')
  expect(bodyOf({ ...v, policeCalled: 'no' }, 'public').police).toEqual({ reason: '先送医，由班主任报警' })
  expect(bodyOf({ ...v, policeCalled: 'no', policeReason: '' }, 'public')).not.toHaveProperty('police')
  expect(bodyOf({ ...v, policeCalled: 'yes', policeAt: '2026-11-24T08:30' }, 'public').police).toEqual({ reported_at: '2026-11-24T08:30:00+08:00' })
})

test('only the desk says how it was told', () => {
  const v = { ...empty, danger: 'no' as const, via: 'phone' as const, toldAt: '2026-11-24T08:30', readBack: true }
  expect(bodyOf(v, 'desk').told).toEqual({ via: 'phone', at: '2026-11-24T08:30:00+08:00', read_back: true })
  expect(bodyOf(v, 'public')).not.toHaveProperty('told')
})

test('every field that the server may find a fault in has a step of the form', () => {
  for (const path of ['danger', 'police.reported_at', 'situations[0]', 'org', 'narrative.place', 'narrative.text', 'child.age', 'reporter.phone', 'unit', 'told.at', 'found_at', 'avoid[1]']) {
    expect(steps, path).toContain(stepOf(path))
  }
  expect(stepOf('narrative.place')).toBe('where')
  expect(stepOf('situation')).toBeUndefined()
})

test('only the danger and a situation are asked for', () => {
  expect(missing('danger', empty)).toEqual({ danger: 'danger' })
  expect(missing('what', empty)).toEqual({ situations: 'situations' })
  for (const step of ['where', 'child', 'reporter', 'check'] as const) expect(missing(step, empty)).toEqual({})
})

test('the body is left alone in the first three situations', () => {
  expect(leaveTheBody(['MR04', 'MR02'])).toBe(true)
  expect(leaveTheBody(['MR04', 'MR09'])).toBe(false)
})
