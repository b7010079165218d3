import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium, type APIRequestContext, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect } from 'vitest'

import { passwordOf } from './instance'

export const desktop = { width: 1440, height: 900 }
export const phone = { width: 360, height: 740 }

/** Debian's Chromium without anything that looks for the internet. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** A browser profile of its own. Chinese, at a desk, in light, unless said otherwise. */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}, tour = false): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: desktop, colorScheme: 'light', ...options })
  // The tour stands before the page at a first sign-in; the test of it alone asks for it.
  if (!tour) await context.addInitScript(() => localStorage.setItem('tonghu.tour', 'off'))
  return context
}

/** Signs a demo person in through the screen and gives their first page. */
export async function signIn(context: BrowserContext, login: string): Promise<Page> {
  const page = await context.newPage()
  watch(page)
  await page.goto('/')
  await page.getByLabel('登录名').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(passwordOf(login))
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('navigation', { name: '主菜单' }).or(page.getByRole('button', { name: '主菜单' })).first().waitFor()
  return page
}

/** Asks the API without the screen: what comes before the thing that is tested. */
export async function call<T>(request: APIRequestContext, path: string, data?: object): Promise<T> {
  const options = { headers: { 'Idempotency-Key': crypto.randomUUID() }, data }
  const answer = data ? await request.post(path, options) : await request.get(path)
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`)
  return (await answer.json()) as T
}

const complaints = new WeakMap<Page, string[]>()

/** Collects what a page complains of: exceptions, and what the content policy has refused. */
export function watch(page: Page) {
  const heard: string[] = []
  complaints.set(page, heard)
  page.on('pageerror', (error) => heard.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text())) heard.push(`${message.text()} (${message.location().url}:${message.location().lineNumber}:${message.location().columnNumber})`)
  })
}

export function expectNoComplaint(page: Page) {
  expect(complaints.get(page) ?? []).toEqual([])
}

export const screens = join(import.meta.dirname, '../../.cache/screens')

/** Writes a picture of the whole page at 1440 and at 360 pixels, in light. */
export async function shoot(page: Page, name: string) {
  mkdirSync(screens, { recursive: true })
  const before = page.viewportSize()
  for (const size of [desktop, phone]) {
    await page.setViewportSize(size)
    await page.evaluate(() => window.scrollTo(0, 0)) // what sticks to the top stands there
    await settled(page)
    await page.screenshot({ path: join(screens, `${name}-${size.width}.png`), fullPage: true })
    // What hangs over the page moves after it.
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), { message: `${name} at ${size.width} px scrolls sideways`, timeout: 5000 }).toBeLessThanOrEqual(0)
  }
  if (before) await page.setViewportSize(before)
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  impact: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** Waits until what is on the page has taken its new colours and places. A page at rest draws no frames and is never idle: nothing is waited for there. */
async function settled(page: Page) {
  await page.waitForTimeout(150)
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => { setTimeout(done, 500); requestAnimationFrame(done) })
    await frame()
    await frame()
    const moving = document.getAnimations().filter((a) => a.playState === 'running' && Number.isFinite(a.effect?.getComputedTiming().endTime))
    await Promise.race([Promise.allSettled(moving.map((a) => a.finished)), new Promise((done) => setTimeout(done, 5_000))])
  })
}

/** Fails on whatever axe finds serious or critical on the page, in light and in dark. */
export async function expectAccessible(page: Page) {
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await settled(page)
      // Evaluated through the debugger, past the page's content policy.
      const look = () => page.evaluate(async (source) => {
        const w = window as unknown as { axe?: { run: (d: Document, o: object) => Promise<{ violations: Violation[] }> } }
        // oxlint-disable-next-line no-eval
        if (!w.axe) (0, eval)(source)
        const result = await w.axe!.run(document, { resultTypes: ['violations'] })
        return result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary})`).join('; ')}`)
      }, axe).catch((error: unknown) => [String(error)])
      let found = await look()
      if (found.length > 0) {
        await page.waitForTimeout(1000) // a colour on its way to another is none of the page's
        found = await look()
      }
      expect(found, `${page.url()} in ${colorScheme}`).toEqual([])
    }
  } finally {
    await page.emulateMedia({ colorScheme: 'light' })
  }
}
