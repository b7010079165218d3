import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, shoot, signIn, startBrowser } from './browser'
import { startInstance, type Instance } from './instance'

let instance: Instance
let browser: Browser

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance(), startBrowser()])
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

test('a town opens a guardianship for a child whom nobody reported, once, and goes on to its case', async () => {
  const context = await open(browser, instance.url, { reducedMotion: 'reduce' })
  const page = await signIn(context, 'town')
  const keys: string[] = []
  page.on('request', (r) => {
    if (r.method() === 'POST' && r.url().endsWith('/api/v1/guardianships')) keys.push(r.headers()['idempotency-key'] ?? '')
  })
  const unsaved = () => page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })))
  await page.getByRole('link', { name: '启动临时监护' }).click()
  expect(await unsaved()).toBe(false)
  const send = page.getByRole('button', { name: '启动临时监护' })
  await send.click()
  expect(await page.getByText('请选一项').count()).toBe(2)
  await page.getByRole('radio', { name: '有危险', exact: true }).check()
  await page.getByText('先打 110、先送医').waitFor()
  await page.getByRole('radio', { name: '流浪乞讨或者身份不明' }).check()
  expect(await unsaved()).toBe(true)
  await page.getByLabel('发现经过').fill('夜间独自在车站，由站务员照看。')
  await page.getByLabel('姓名或小名').fill('小雨')
  await page.getByLabel('大概几岁').fill('30')
  await page.getByLabel('身份证号').fill('379999201506010061') // looks wrong, and goes through
  await page.getByText('可能输错了一位').waitFor()
  await shoot(page, 'finding')
  await expectAccessible(page)

  // What the server finds wrong stands at its field, and nothing is lost.
  await send.click()
  await page.getByLabel('大概几岁').and(page.locator('[aria-invalid=true]')).waitFor()
  expect(await page.getByLabel('发现经过').inputValue()).toBe('夜间独自在车站，由站务员照看。')
  await page.getByLabel('大概几岁').fill('11')

  // The first answer is lost on the way, then the service is busy: it is sent again under the same key.
  keys.length = 0
  let tries = 0
  await page.route('**/api/v1/guardianships', async (route) => {
    tries++
    if (tries === 1) {
      await route.fetch()
      await route.abort()
    } else if (tries === 2) await route.fulfill({ status: 503, headers: { 'Retry-After': '40' }, contentType: 'application/problem+json', json: { code: 'unavailable', title: '', status: 503 } })
    else await route.continue()
  })
  await send.click()
  await page.getByText('没有网络，还没有提交').waitFor()
  await page.getByRole('button', { name: '现在再试' }).click()
  await page.getByText('40 秒后自动再提交，只提交一次；填写的内容没有丢').waitFor()
  await shoot(page, 'finding-waiting')
  await page.getByRole('button', { name: '现在再试' }).click()
  await page.getByText('已启动临时监护').waitFor()
  await page.unroute('**/api/v1/guardianships')
  expect(keys).toHaveLength(3)
  expect(new Set(keys).size).toBe(1)
  expect(await unsaved()).toBe(false)
  await shoot(page, 'finding-done')
  await page.getByRole('link', { name: '打开个案' }).click()
  await page.waitForURL(/\/cases\/[0-9a-f-]{36}$/)
  await page.getByRole('region', { name: '临时监护' }).waitFor()
  await page.locator('li[data-key="trigger_verify"]').waitFor()
  const { items } = (await (await context.request.get('/api/v1/cases?kind=guardianship')).json()) as { items: { org: string }[] }
  expect(items.map((c) => c.org)).toEqual(['379999101000'])
  expectNoComplaint(page)
  await context.close()
})

test('a department has no such page in its menu', async () => {
  const context = await open(browser, instance.url)
  const page = await signIn(context, 'education')
  expect(await page.getByRole('link', { name: '启动临时监护' }).count()).toBe(0)
  await context.close()
})
