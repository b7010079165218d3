import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const dist = join(import.meta.dirname, '../dist')

interface Chunk {
  file: string
  css?: string[]
  imports?: string[]
}

const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>

/** What the browser has to have for some modules: the files of them and of all that they import. */
function filesOf(...modules: string[]): string[] {
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    for (const next of manifest[name]?.imports ?? []) visit(next)
  }
  for (const name of modules) {
    expect(Object.keys(manifest)).toContain(name)
    visit(name)
  }
  return [...new Set([...seen].flatMap((name) => [manifest[name]?.file ?? '', ...(manifest[name]?.css ?? [])]))]
}

const weight = (files: string[]) => files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0)

test('the first page of an officer, with its words, weighs at most 450 KB gzipped', () => {
  const words = ['common', 'work'].map((name) => `src/locales/zh-CN/${name}.json`)
  expect(weight(filesOf('index.html', 'src/console/pages/work/index.tsx', ...words, '../api/locales/zh-CN.json'))).toBeLessThanOrEqual(450_000)
})

test('no page is loaded with another', () => {
  const pages = Object.keys(manifest).filter((name) => /^src\/console\/pages\/\w+\/index\.tsx$/.test(name))
  expect(pages.length).toBeGreaterThan(6)
  for (const page of pages) {
    const others = pages.filter((other) => other !== page).map((other) => manifest[other]?.file)
    expect(filesOf('index.html', page).filter((file) => others.includes(file)), page).toEqual([])
  }
})
