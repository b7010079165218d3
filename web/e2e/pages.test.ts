import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, shoot, signIn, startBrowser, watch } from './browser'
import { startInstance, type Instance } from './instance'

let instance: Instance
let browser: Browser

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance(), startBrowser()])
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

test('the sign-in page', async () => {
  const context = await open(browser, instance.url)
  const page = await context.newPage()
  watch(page)
  await page.goto('/')
  await page.getByRole('button', { name: '登录' }).waitFor()
  await shoot(page, 'sign-in')
  await expectAccessible(page)
  expectNoComplaint(page)
  await context.close()
})

test('an officer signs in', async () => {
  const context = await open(browser, instance.url)
  const page = await signIn(context, 'desk1')
  await shoot(page, 'work')
  await expectAccessible(page)
  expectNoComplaint(page)
  expect(await page.title()).toContain('童护')
  await context.close()
})
