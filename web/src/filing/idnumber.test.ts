// @vitest-environment node
import { expect, test } from 'vitest'

import { idFault, idType } from './idnumber'

test.each(['', ' ', '379999201506010016', '379999201803150023', '11010519491231002X', ' 110105-19491231-002x', '１１０１０５１９４９１２３１００２ｘ'])('%j is right, or nothing', (typed) => {
  expect(idFault(typed)).toBeUndefined()
})

test.each([
  ['37999920150601001', 'length', 17],
  ['3799992015060100166', 'length', 19],
  ['G12345678', 'digits', 9],
  ['3799992015X6010016', 'digits', 18],
  ['379999201502290010', 'date', 18],
  ['379999201513010016', 'date', 18],
  ['379999201506010017', 'check', 18],
  ['379999201506010061', 'check', 18],
] as const)('%s fails in its %s', (typed, fault, count) => {
  expect(idFault(typed)).toEqual({ fault, count })
})

test('only a right number is called that of an identity card', () => {
  expect(idType('379999201506010016')).toBe('resident_id')
  expect(idType('379999201506010017')).toBeUndefined()
  expect(idType(' ')).toBeUndefined()
  expect(idType(undefined)).toBeUndefined()
})
