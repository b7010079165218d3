import { afterEach, expect, test } from 'vitest'

import { forgetStrayViews, keepViews, viewsOf } from './saved'

const anna = '6f1b2c3d-0000-4000-8000-00000000000a'
const bella = '6f1b2c3d-0000-4000-8000-00000000000b'

afterEach(() => localStorage.clear())

test('a view is its person\'s own on a shared computer', () => {
  keepViews(anna, 'work', [{ name: 'mine', search: '?risk=red' }])
  expect(viewsOf(bella, 'work')).toEqual([])
  expect(viewsOf(anna, 'cases')).toEqual([])
  expect(viewsOf(anna, 'work')).toEqual([{ name: 'mine', search: '?risk=red' }])
})

test('what is kept under nobody\'s name goes at sign-out, and nothing else', () => {
  localStorage.setItem('tonghu.views.work', '[{"name":"old","search":"?"}]')
  localStorage.setItem('tonghu.tour', 'x')
  keepViews(anna, 'work', [{ name: 'mine', search: '?' }])
  forgetStrayViews()
  expect(Object.keys(localStorage).toSorted()).toEqual([`tonghu.views.${anna}.work`, 'tonghu.tour'].toSorted())
})
