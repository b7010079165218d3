// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname)

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'locales' ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

const han = /\p{Script=Han}/u
const spoken = /\p{L}{2,}/u
// What a person reads or hears, where it stands as an attribute.
const readAttributes = new Set(['title', 'label', 'placeholder', 'alt', 'aria-label', 'description', 'okText', 'cancelText', 'message', 'help', 'extra', 'tooltip'])

/** Every text for people that stands in a source file, with its line. */
export function textsIn(name: string, code: string): string[] {
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found: string[] = []
  const note = (node: ts.Node) => found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText().trim()}`)
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node) && spoken.test(node.text)) note(node)
    if ((ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) && han.test(node.text)) note(node)
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer) && readAttributes.has(node.name.getText()) && spoken.test(node.initializer.text)) note(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

test('a text in code is found wherever it stands', () => {
  expect(textsIn('a.tsx', 'const a = <p>Hello there</p>')).toHaveLength(1)
  expect(textsIn('a.tsx', "const a = '待办'")).toHaveLength(1)
  expect(textsIn('a.tsx', 'const a = `${n} 天`')).toHaveLength(1)
  expect(textsIn('a.tsx', '<Button title="Save" />')).toHaveLength(1)
  expect(textsIn('a.tsx', "const a = <p className='x'>{t('work.title')}</p>")).toHaveLength(0)
})

test('no text for people stands outside the locale files', () => {
  expect(sources(root).flatMap((path) => textsIn(path.slice(root.length + 1), readFileSync(path, 'utf8')))).toEqual([])
}, 60_000) // every source is parsed: slow where much else runs

function keys(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [prefix]
  return Object.entries(value).flatMap(([key, inner]) => keys(inner, prefix ? `${prefix}.${key}` : key))
}

// English has a form for one; Chinese has none.
const plural = (key: string) => key.replace(/_(one|other)$/, '')

test('both languages have the same words', () => {
  const files = (language: string) => readdirSync(join(root, 'locales', language)).toSorted()
  expect(files('en')).toEqual(files('zh-CN'))
  for (const file of files('zh-CN')) {
    const words = (language: string) => [...new Set(keys(JSON.parse(readFileSync(join(root, 'locales', language, file), 'utf8'))).map(plural))].toSorted()
    expect(words('en'), file).toEqual(words('zh-CN'))
  }
})

test('every word that a page asks for exists', () => {
  const known = new Set<string>()
  for (const file of readdirSync(join(root, 'locales', 'zh-CN'))) {
    for (const key of keys(JSON.parse(readFileSync(join(root, 'locales', 'zh-CN', file), 'utf8')))) known.add(`${file.replace('.json', '')}:${key}`)
  }
  const missing: string[] = []
  for (const path of sources(root)) {
    const code = readFileSync(path, 'utf8')
    let namespace = 'common'
    for (const [, named, key] of code.matchAll(/useTranslation\(\[?'([a-z]+)'|\bt\('([A-Za-z0-9_.:-]+)'/g)) {
      if (named) namespace = named
      else if (key && !known.has(key.includes(':') ? key : `${namespace}:${key}`)) missing.push(`${path.slice(root.length + 1)}: ${key}`)
    }
  }
  expect(missing).toEqual([])
})
