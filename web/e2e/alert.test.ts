import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, shoot, signIn, startBrowser } from './browser'
import { startInstance, type Instance } from './instance'

let instance: Instance
let browser: Browser
let context: BrowserContext
let body: Page

interface Owed {
  items: { id: string; key: string; rung: number; may_ack?: string[]; reached?: string[]; acked?: { held_until?: string } }[]
}

// Under the drill a ladder climbs in seconds; its last rung, the coordination body's, stays.
beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance('drill'), startBrowser()])
  context = await open(browser, instance.url, { reducedMotion: 'reduce' })
  body = await signIn(context, 'body')
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

/** A red report that the desk has filed, and its case. */
async function file(): Promise<string> {
  const at = await open(browser, instance.url)
  await signIn(at, 'desk1')
  const answer = await at.request.post('/api/v1/reports', {
    headers: { 'Idempotency-Key': crypto.randomUUID() },
    data: {
      org: '379999101203', situations: ['MR04'], danger: 'yes', relation: 'guardian', child: { name: '王小明', age: 11 },
      narrative: { text: '孩子手臂有多处淤青。' },
    },
  })
  const filed = (await answer.json()) as { case: string }
  await at.close()
  return filed.case
}

/** What stands in the body's own worklist of a case, as soon as something does. */
async function reached(id: string): Promise<Owed['items']> {
  for (;;) {
    const { items } = (await (await context.request.get(`/api/v1/obligations?case=${id}`)).json()) as Owed
    if (items.some((o) => o.may_ack?.length)) return items
    await body.waitForTimeout(300)
  }
}

test('an escalation stands in the worklist of whom it reached, and is acknowledged from there and from its notice', async () => {
  const id = await file()
  const items = await reached(id)
  expect(items.every((o) => o.reached?.length)).toBe(true)
  await body.goto('/')
  await body.getByText('提醒已到：').first().waitFor()
  const take = body.getByRole('button', { name: '签收', exact: true }).first()
  await take.waitFor()
  await shoot(body, 'alert-work')
  await expectAccessible(body)
  await take.click()
  const dialog = body.getByRole('dialog')
  await dialog.getByLabel('谁去办理').fill('王海')
  await shoot(body, 'alert-ack')
  await expectAccessible(body)
  await dialog.getByRole('button', { name: '签收' }).click()
  await body.locator('.ant-message').getByText('已签收').waitFor()

  await body.goto('/notices')
  await body.getByRole('button', { name: /签收/ }).first().waitFor()
  await shoot(body, 'alert-notices')
  await expectAccessible(body)
  await body.goto(`/cases/${id}`)
  await body.getByRole('button', { name: /签收/ }).first().waitFor()
  await shoot(body, 'alert-case')
  expectNoComplaint(body)
})
