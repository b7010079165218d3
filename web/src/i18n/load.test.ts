// @vitest-environment jsdom
import i18next from 'i18next'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

import { start } from '.'
import { ofTheServer } from './engine'
import { everywhere, need, switchTo } from './load'

const root = join(import.meta.dirname, '..')

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'locales' ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name) ? [path] : []
  })
}

const code = new Map(sources(root).map((path) => [path, readFileSync(path, 'utf8')]))

function moduleAt(from: string, name: string): string | undefined {
  const path = resolve(dirname(from), name)
  return [path, `${path}.ts`, `${path}.tsx`, join(path, 'index.ts'), join(path, 'index.tsx')].find((p) => code.has(p))
}

interface Part {
  module: string
  declared: string[]
}

/** The parts that a module loads with words of their own. */
function parts(path: string): Part[] {
  const text = code.get(path) ?? ''
  return [...text.matchAll(/withWords\((?:\(\) => import\('([^']+)'\)|(\w+))((?:, '\w+')*)\)/g)].flatMap(([, direct, named, words = '']) => {
    const name = direct ?? new RegExp(`const ${named} = \\(\\) => import\\('([^']+)'\\)`).exec(text)?.[1]
    const module = name && moduleAt(path, name)
    return module ? [{ module, declared: [...words.matchAll(/'(\w+)'/g)].map(([, word]) => word ?? '') }] : []
  })
}

/** The namespaces of a module and of all that comes with it, whether at once or when it is first shown. */
function namespacesOf(entry: string): string[] {
  const seen = new Set<string>()
  const found = new Set<string>()
  const visit = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    const text = code.get(path) ?? ''
    for (const [, one, many] of text.matchAll(/useTranslation\((?:'(\w+)'|\[([^\]]+)\])/g)) {
      for (const [, word] of (one ? `'${one}'` : (many ?? '')).matchAll(/'(\w+)'/g)) found.add(word ?? '')
    }
    for (const [, word] of text.matchAll(/\bt\(['`](\w+):/g)) found.add(word ?? '')
    if (/= useWord\(\)/.test(text)) found.add('engine')
    const apart = new Set(parts(path).map((p) => p.module))
    for (const [, name] of text.matchAll(/(?:\bfrom\s+|^import\s+|\bimport\()'(\.[^']*)'/gm)) {
      const next = moduleAt(path, name ?? '')
      if (next && !apart.has(next)) visit(next)
    }
  }
  visit(entry)
  return [...found].toSorted()
}

test('what the frame says is there before anything is shown', () => {
  expect(namespacesOf(join(root, 'console/main.tsx'))).toEqual(everywhere.toSorted())
})

test('each page and each part that comes later brings the words that it needs, and no more', () => {
  const all = [...code.keys()].flatMap((path) => parts(path).map((part) => ({ ...part, in: path })))
  expect(all.length).toBeGreaterThan(15)
  const wrong = all.flatMap(({ module, declared }) => {
    const wants = namespacesOf(module).filter((word) => !everywhere.includes(word))
    return wants.join() === declared.toSorted().join() ? [] : [`${relative(root, module)}: ${wants.join(', ')}`]
  })
  expect(wrong).toEqual([])
})

test('no page asks for a word of the engine that only the server says', () => {
  const asked = [...code.values()].flatMap((text) => [...text.matchAll(/\bword\(['`]([a-z_]+\.)/g)].map(([, word]) => word ?? ''))
  expect(asked.length).toBeGreaterThan(30)
  expect(asked.filter((word) => ofTheServer.test(word))).toEqual([])
})

test('words come when they are needed, and in the other language with the switch', async () => {
  start({})
  expect(i18next.hasResourceBundle('zh-CN', 'people')).toBe(false)
  await need('people', 'engine')
  expect(i18next.t('people:title')).not.toBe('title')
  expect(i18next.getResource('zh-CN', 'engine', 'stage.closed', { keySeparator: false })).toBeTruthy()
  expect(i18next.hasResourceBundle('en', 'people')).toBe(false)
  await switchTo('en')
  expect(i18next.language).toBe('en')
  expect(i18next.hasResourceBundle('en', 'people')).toBe(true)
  await need('case')
  expect(i18next.hasResourceBundle('zh-CN', 'case')).toBe(false)
  await expect(need('nothing')).rejects.toThrow('nothing')
})
