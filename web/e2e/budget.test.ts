import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const dist = join(import.meta.dirname, '../dist')

interface Chunk {
  file: string
  imports?: string[]
}

/** The JavaScript that an entry loads before anybody touches it: itself, what it imports, and what that imports. */
function loadedBy(entry: string): string[] {
  const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    for (const next of manifest[name]?.imports ?? []) visit(next)
  }
  visit(entry)
  return [...seen].map((name) => manifest[name]?.file ?? '').filter((file) => file.endsWith('.js'))
}

test('the pages of the public load at most 150 KB of JavaScript, gzipped, before anybody touches them', () => {
  const files = loadedBy('public.html')
  expect(files).not.toHaveLength(0)
  const weight = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0)
  expect(weight).toBeLessThanOrEqual(150_000)
})

test('what the pages of the public need comes in one turn of six requests, which is how many a browser makes at once', () => {
  const html = readFileSync(join(dist, 'public.html'), 'utf8')
  expect(html.match(/(?:src|href)="\/assets\//g)?.length).toBeLessThanOrEqual(6)
})

test('the pages of the public load nothing of the console', () => {
  const text = loadedBy('public.html').map((file) => readFileSync(join(dist, file), 'utf8')).join('')
  const { nothing } = JSON.parse(readFileSync(join(dist, '../src/locales/zh-CN/work.json'), 'utf8')) as { nothing: string }
  const foreign = { antd: 'ant-btn', 'the store of drafts, before one is kept': 'IDBKeyRange', 'words of the console': nothing }
  expect(Object.entries(foreign).filter(([, mark]) => text.includes(mark)).map(([what]) => what)).toEqual([])
})
