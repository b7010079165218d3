// Scrolls the console's list of cases through many pages and measures how smoothly it goes, by the browser's own clock.
//   TONGHU_URL=http://127.0.0.1:8365 npm run bench:scroll [pages]
// It prints the times between frames, the tasks that held the page up, and how many rows were passed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const url = process.env.TONGHU_URL ?? 'http://127.0.0.1:8365'
const login = process.env.TONGHU_LOGIN ?? 'desk1'
const pages = Number(process.argv[2] ?? 40)
const people = readFileSync(join(import.meta.dirname, '../../deploy/demo/people.csv'), 'utf8').split('\n').map((line) => line.split(','))
const password = people.find((p) => p[0] === login)?.[1] ?? ''

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
const context = await browser.newContext({ baseURL: url, locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
const page = await context.newPage()
await page.goto('/')
await page.locator('input[autocomplete=username]').fill(login)
await page.locator('input[type=password]').fill(password)
await page.locator('button[type=submit]').click()
await page.getByRole('navigation').first().waitFor()
await page.goto('/cases?state=all')
await page.getByRole('listitem').first().waitFor()

const answers = []
page.on('response', (r) => {
  if (r.url().includes('/api/v1/cases?')) answers.push(r.request().timing().responseEnd)
})
const seen = await page.evaluate(async (pages) => {
  const long = []
  new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' })
  const frames = []
  let last = performance.now()
  let furthest = 0
  const began = last
  while (furthest < pages * 50 && performance.now() - began < 180_000) {
    await new Promise(requestAnimationFrame)
    const now = performance.now()
    frames.push(now - last)
    last = now
    scrollBy(0, 60) // a quick hand: about 3,600 pixels a second
    for (const row of document.querySelectorAll('[role=listitem]')) furthest = Math.max(furthest, Number(row.getAttribute('aria-posinset')))
  }
  return { frames, long, furthest, took: performance.now() - began, drawn: document.querySelectorAll('[role=listitem]').length }
}, pages)
await browser.close()

const sorted = [...seen.frames].sort((a, b) => a - b)
const at = (percent) => sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))].toFixed(1)
const sum = seen.long.reduce((a, b) => a + b, 0)
console.log(`rows passed ${seen.furthest} in ${(seen.took / 1000).toFixed(1)} s, rows in the page at the end ${seen.drawn}, pages asked for ${answers.length}`)
console.log(`frames ${seen.frames.length}: p50 ${at(50)} ms, p95 ${at(95)} ms, p99 ${at(99)} ms, longest ${at(100)} ms`)
console.log(`tasks over 50 ms: ${seen.long.length}, together ${sum.toFixed(0)} ms of ${seen.took.toFixed(0)} (${((100 * sum) / seen.took).toFixed(1)} %), longest ${Math.max(0, ...seen.long).toFixed(0)} ms`)
