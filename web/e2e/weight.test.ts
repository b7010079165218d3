import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { open, startBrowser } from './browser'
import { passwordOf, startInstance, type Instance } from './instance'

let instance: Instance
let browser: Browser

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance(), startBrowser()])
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

/** What was transferred of each script and style sheet, compressed as it came, and which it was. */
function weigh(page: Page) {
  const asked: Promise<{ name: string; bytes: number }[]>[] = []
  page.on('requestfinished', (request) => {
    if (!['script', 'stylesheet'].includes(request.resourceType())) return
    asked.push(request.sizes().then((s) => [{ name: new URL(request.url()).pathname, bytes: s.responseBodySize }]))
  })
  return async () => (await Promise.all(asked)).flat()
}

test.each(['zh-CN', 'en'])('up to the first row of an officer\'s worklist, in %s, at most 450 KB of code and words come over the wire', async (language) => {
  const desk = await open(browser, instance.url)
  expect((await desk.request.post('/api/v1/session', { data: { login: 'desk1', password: passwordOf('desk1') } })).status()).toBe(200)
  const filed = await desk.request.post('/api/v1/reports', {
    headers: { 'Idempotency-Key': crypto.randomUUID() },
    data: {
      org: '379999101203', situations: ['MR04'], danger: 'yes', relation: 'guardian', child: { name: '王小明', age: 11 },
      reporter: { name: '苏文静', phone: '13900000001', contact: 'phone' }, narrative: { text: '孩子手臂有淤青。', place: '学校' },
    },
  })
  expect(filed.status()).toBe(201)
  // A browser that has nothing of it yet, of somebody who is signed in.
  const context = await open(browser, instance.url, { storageState: await desk.storageState() })
  await context.addInitScript((l) => localStorage.setItem('tonghu.language', l), language)
  const page = await context.newPage()
  const weight = weigh(page)
  await page.goto('/')
  await page.getByRole('listitem').locator('a[href^="/cases/"]').first().waitFor()
  const came = await weight()
  const words = came.filter(({ name }) => /\/assets\/(?:zh-CN|en)-/.test(name))
  expect(words, 'the words of the engine, in one language').toHaveLength(1)
  const heaviest = came.toSorted((a, b) => b.bytes - a.bytes).slice(0, 8).map(({ name, bytes }) => `${name} ${bytes}`)
  expect(came.reduce((sum, { bytes }) => sum + bytes, 0), heaviest.join(', ')).toBeLessThanOrEqual(450_000)
  await context.close()
  await desk.close()
})

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

test('only the pages that file load the form of a report', () => {
  const form = filesOf('public.html').filter((file) => /\/filing-/.test(file))
  expect(form.length).toBeGreaterThan(0)
  const parts = Object.keys(manifest).filter((name) => /^src\/console\/pages\/.+\.tsx$/.test(name))
  expect(parts.filter((part) => filesOf('index.html', part).some((file) => form.includes(file)))).toEqual([
    'src/console/pages/file/index.tsx', 'src/console/pages/finding/index.tsx',
  ])
})

test('no page is loaded with another', () => {
  const pages = Object.keys(manifest).filter((name) => /^src\/console\/pages\/\w+\/index\.tsx$/.test(name))
  expect(pages.length).toBeGreaterThan(6)
  for (const page of pages) {
    const others = pages.filter((other) => other !== page).map((other) => manifest[other]?.file)
    expect(filesOf('index.html', page).filter((file) => others.includes(file)), page).toEqual([])
  }
})
