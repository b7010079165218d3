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

// Chinese letters, and the marks that stand between them: '、' in code is read in English screens too.
const chinese = /[\p{Script=Han}\u3000-\u303F\uFF00-\uFFEF]/u
const spoken = /\p{L}{2,}/u
// What a person reads or hears: as an attribute, and as a property of what is handed to a table, a menu, a form or a dialog.
const read = new Set(['title', 'label', 'placeholder', 'alt', 'aria-label', 'description', 'okText', 'cancelText', 'message', 'help', 'extra', 'tooltip', 'content', 'children', 'emptyText', 'addonBefore', 'addonAfter', 'checkedChildren', 'unCheckedChildren'])
// What shows its first argument: message.success(…), alert(…); and of a Problem its title.
const shows = /^(?:message|notification|modal)\.\w+$|^(?:window\.)?(?:alert|confirm|prompt)$/

/** The literals that an expression comes to: both sides of a choice, the parts of a sum and of a template. */
function literals(e: ts.Node): ts.Node[] {
  if (ts.isStringLiteralLike(e)) return [e]
  if (ts.isTemplateExpression(e)) return [e.head, ...e.templateSpans.flatMap((s) => [...literals(s.expression), s.literal])]
  if (ts.isConditionalExpression(e)) return [...literals(e.whenTrue), ...literals(e.whenFalse)]
  if (ts.isParenthesizedExpression(e) || ts.isAsExpression(e) || ts.isNonNullExpression(e) || ts.isSatisfiesExpression(e)) return literals(e.expression)
  if (ts.isBinaryExpression(e)) {
    const kind = e.operatorToken.kind
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return literals(e.right)
    if ([ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.PlusToken].includes(kind)) return [...literals(e.left), ...literals(e.right)]
  }
  if (ts.isArrayLiteralExpression(e)) return e.elements.flatMap(literals)
  return []
}

/** Every text for people that stands in a source file, with its line. */
export function textsIn(name: string, code: string): string[] {
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found = new Set<ts.Node>()
  const words = (node: ts.Node) => {
    for (const literal of literals(node)) if (spoken.test((literal as ts.LiteralLikeNode).text)) found.add(literal)
  }
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node) && (spoken.test(node.text) || chinese.test(node.text))) found.add(node)
    if ((ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) && chinese.test(node.text)) found.add(node)
    if (ts.isJsxExpression(node) && node.expression && (ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent))) words(node.expression)
    if (ts.isJsxAttribute(node) && node.initializer && read.has(node.name.getText())) {
      const value = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer
      if (value) words(value)
    }
    if (ts.isPropertyAssignment(node) && read.has(node.name.getText().replace(/^'|'$/g, ''))) words(node.initializer)
    if (ts.isCallExpression(node) && shows.test(node.expression.getText()) && node.arguments[0]) words(node.arguments[0])
    if (ts.isNewExpression(node) && node.expression.getText() === 'Problem' && node.arguments) for (const shown of node.arguments.slice(2)) words(shown)
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && node.left.getText() === 'document.title') words(node.right)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return [...found].map((node) => `${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText().trim()}`)
}

test.each([
  'const a = <p>Hello there</p>',
  "const a = '待办'",
  'const a = `${n} 天`',
  "const a = names.join('、')",
  'const a = `${name}：${n}`',
  'const a = <p>{name}：{n}</p>',
  '<Button title="Save" />',
  "<p>{'Save'}</p>",
  "<p>{late ? 'Overdue' : t('inTime')}</p>",
  "<p>{late && `Overdue by ${n}`}</p>",
  "<p>{name + ' is late'}</p>",
  "<Button title={x ? t('save') : 'Drop'} />",
  "<Button aria-label={`Close ${name}`} />",
  "const a = [{ key: 'due', label: 'Due' }]",
  "const a = { 'aria-label': 'Due' }",
  "message.success('Saved')",
  "void message.error(known ? t('known') : 'Broken')",
  "modal.confirm({ title: t('sure'), content: 'Really?' })",
  "throw new Problem('offline', 0, 'No network')",
  "document.title = `${t('nav')} · Tonghu`",
])('a text in code is found wherever it stands: %s', (code) => {
  expect(textsIn('a.tsx', code)).toHaveLength(1)
})

test.each([
  "const a = <p className='x'>{t('work.title')}</p>",
  "<Button type={late ? 'primary' : 'default'} title={t('save')} />",
  "<p>{a.kind === 'report' ? t('report') : ' · '}{n} → {n}</p>",
  "const a = { key: 'due', label: t('due'), type: 'text' }",
  "message.success(t('saved'))",
  "throw new Problem('offline', 0, t('offline'))",
])('what nobody reads is not one: %s', (code) => {
  expect(textsIn('a.tsx', code)).toEqual([])
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
