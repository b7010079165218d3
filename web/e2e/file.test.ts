import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, shoot, signIn, startBrowser } from './browser'
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

const next = (page: Page) => page.getByRole('button', { name: '下一步' }).click()
const step = (page: Page, name: string) => page.getByRole('heading', { level: 2, name }).waitFor()

/** Up to the step that asks who reports. */
async function fill(page: Page, text: string, who = '怎样联系您？') {
  await page.getByLabel('不确定').check()
  await next(page)
  await page.getByLabel('被遗弃，或长期没人照顾').check()
  await page.getByLabel('看到、听到了什么').fill(text)
  for (const name of ['在哪里、什么时候？', '是哪个孩子？', who]) {
    await next(page)
    await step(page, name)
  }
}

test('the desk writes down what a caller tells', async () => {
  const context = await open(browser, instance.url)
  const page = await signIn(context, 'desk1')
  await page.getByRole('link', { name: '登记线索' }).click()
  await fill(page, '来电人称邻居孩子长期独自在家', '是谁反映的？')
  await page.getByLabel('电话', { exact: true }).check()
  await page.getByLabel('什么时候收到的').fill('2099-01-01T08:00')
  await page.getByLabel('留下姓名', { exact: true }).check()
  await page.getByLabel('对方姓名').fill('邻居王某')
  await shoot(page, 'file-desk-caller')
  await expectAccessible(page)
  await next(page)
  await page.getByLabel('已向对方复述').check()
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByLabel('什么时候收到的').and(page.locator('[aria-invalid=true]')).waitFor()
  await page.getByLabel('什么时候收到的').fill('')
  await next(page)
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByRole('heading', { name: '已登记' }).waitFor()
  await shoot(page, 'file-desk-done')
  await expectAccessible(page)
  await page.getByLabel('我已记下查询码').check()
  await page.getByRole('link', { name: '打开个案' }).click()
  await page.waitForURL(/\/cases\/[0-9a-f-]{36}$/)
  expectNoComplaint(page)
  await context.close()
})

test('a teacher lands on the report, files in the name of the school, and follows it; its head sees it without them', async () => {
  const teacher = await open(browser, instance.url)
  const page = await signIn(teacher, 'teacher')
  await page.waitForURL('**/file')
  await fill(page, '学生连续两周无人照料')
  await page.getByRole('radio', { name: /^以单位名义/ }).check()
  await next(page)
  await step(page, '看一遍，再提交')
  await shoot(page, 'file-teacher')
  await expectAccessible(page)
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByRole('heading', { name: '已收到，谢谢您' }).waitFor()
  const number = /强报〔\d+〕\d+/.exec((await page.getByText('强报〔').textContent()) ?? '')?.[0] ?? ''
  await page.getByLabel('我已记下查询码').check()
  await page.getByRole('link', { name: '到“我的报告”看进展' }).click()
  await page.getByRole('button', { name: number }).waitFor()
  await shoot(page, 'mine')
  await expectAccessible(page)
  await page.getByRole('button', { name: number }).click()
  await page.getByLabel('补充情况或留言').fill('今天还是没人接')
  await page.mouse.click(300, 450) // beside the drawer, which stays with what is typed
  await page.getByRole('button', { name: '发送留言' }).click()
  await page.getByRole('listitem').filter({ hasText: '今天还是没人接' }).waitFor()
  await page.getByRole('button', { name: '没解决' }).click()
  await page.getByRole('button', { name: '请求重新查看' }).click()
  await page.getByText('（没解决）').waitFor()
  await expectAccessible(page)
  await shoot(page, 'mine-one')
  expect(new URL(page.url()).pathname, 'a number stands in no address').toBe('/mine')
  expectNoComplaint(page)
  await teacher.close()

  const head = await open(browser, instance.url)
  const unit = await signIn(head, 'principal')
  await unit.waitForURL('**/unit')
  await unit.getByRole('button', { name: number }).click()
  await unit.getByRole('heading', { name: '反馈单' }).waitFor()
  expect(await unit.content()).not.toContain('今天还是没人接')
  expect(await unit.getByLabel('补充情况或留言').count()).toBe(0)
  await shoot(unit, 'unit')
  await expectAccessible(unit)
  expectNoComplaint(unit)
  await head.close()
})

test('who reports as a person is not known to the unit', async () => {
  const doctor = await open(browser, instance.url)
  const page = await signIn(doctor, 'doctor')
  await page.waitForURL('**/file')
  await fill(page, '以个人名义')
  await page.getByRole('radio', { name: /^以个人名义，不告知单位/ }).check()
  const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/api/v1/reports'))
  await next(page)
  await page.getByRole('button', { name: '提交' }).click()
  const body = (await sent).postDataJSON() as { reporter: { personal: boolean } }
  expect(body.reporter.personal).toBe(true)
  expect(body).not.toHaveProperty('duty_unit')
  await page.getByRole('heading', { name: '已收到，谢谢您' }).waitFor()
  await page.getByLabel('我已记下查询码').check()
  await page.getByRole('link', { name: '到“我的报告”看进展' }).click()
  await page.getByRole('listitem').first().waitFor()
  expect(await page.getByText('以单位名义', { exact: true }).count()).toBe(0)
  await doctor.close()
})
