import { expect, test } from 'vitest'

import { load } from './load'

test('every namespace of a language is loaded, with the words of the engine', async () => {
  const words = await load('zh-CN')
  expect(Object.keys(words)).toEqual(['zh-CN'])
  for (const namespace of ['common', 'nav', 'work', 'engine']) expect(Object.keys(words['zh-CN']?.[namespace] ?? {}), namespace).not.toHaveLength(0)
})
