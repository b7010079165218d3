import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { finding, searching } from './pages'

/** The roles that the server lets do something, as the matrix of every role and operation says. */
function allowed(operation: string): string[] {
  const [head = [], ...rows] = readFileSync(join(import.meta.dirname, '../../../e2e/testdata/matrix.csv'), 'utf8').trim().split('\n').map((line) => line.split(','))
  const row = rows.find((r) => r[0] === operation && r[1] === 'own')
  return head.filter((_, i) => i > 1 && row?.[i] === '.')
}

test('a page is in the menu of those whom the server lets use it', () => {
  expect([...finding].toSorted()).toEqual(allowed('open-guardianship').toSorted())
  expect([...searching].toSorted()).toEqual(allowed('search').toSorted())
})
