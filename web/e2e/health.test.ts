import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, shoot, signIn, startBrowser } from './browser'
import { startInstance, type Instance } from './instance'

let instance: Instance
let browser: Browser
let desk: BrowserContext
let page: Page
let id = ''

const send = (context: BrowserContext, path: string, data: object) =>
  context.request.post(path, { data, headers: { 'Idempotency-Key': crypto.randomUUID() } })

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance('drill'), startBrowser()])
  desk = await open(browser, instance.url)
  page = await signIn(desk, 'desk1')
  const filed = await send(desk, '/api/v1/reports', {
    org: '379999101203', situations: ['MR05'], danger: 'no', relation: 'guardian',
    child: { name: '唐小荷', id_number: '379999201506010016', age: 11 },
    reporter: { name: '苏文静', phone: '13900000001', contact: 'phone' },
    narrative: { text: '孩子说不敢回家。', place: '学校' },
  })
  expect(filed.status(), await filed.text()).toBe(201)
  id = ((await filed.json()) as { case: string }).case
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

test('a reminder comes by itself, and tells why it came', async () => {
  await page.goto('/notices')
  const rung = page.getByRole('listitem').filter({ hasText: /到期|提级/ }).filter({ has: page.getByRole('button', { name: '为什么通知我' }) })
  await rung.first().waitFor({ timeout: 60_000 }) // nobody reloads
  await page.getByRole('button', { name: /消息，[1-9]/ }).waitFor()
  await rung.last().getByRole('button', { name: '为什么通知我' }).click()
  const why = page.getByRole('tooltip').or(page.locator('.ant-popover'))
  await why.getByText('依据').first().waitFor()
  await why.getByText(/通知 /).first().waitFor()
  await shoot(page, 'notices')
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: '消息', exact: true }).click() // beside the bubble, and beside the menu
  const read = page.waitForResponse((r) => /\/notices\/[^/]+\/read$/.test(r.url()))
  await page.getByRole('button', { name: '标为已读', exact: true }).first().click()
  expect((await read).status()).toBe(204)
  const all = page.waitForResponse((r) => r.url().endsWith('/notices/read'))
  await page.getByRole('button', { name: '全部标为已读' }).click()
  expect((await all).status()).toBe(204)
})

test('a child is found by its whole name, which stands in no address', async () => {
  await page.goto('/cases')
  await page.getByRole('heading', { name: '个案' }).waitFor()
  await page.keyboard.press('/')
  await page.getByLabel('查找内容').fill('唐小荷')
  await page.getByRole('button', { name: '查找', exact: true }).click()
  const found = page.getByRole('region', { name: '查找结果' })
  await found.getByRole('link').first().waitFor()
  expect(decodeURIComponent(page.url())).not.toContain('唐')
  await shoot(page, 'search')
  await expectAccessible(page)
  await page.getByLabel('查找内容').fill('无此人')
  await page.getByRole('button', { name: '查找', exact: true }).click()
  await found.getByText(/没有找到/).waitFor()
  expectNoComplaint(page)
  await desk.close()
})

test('an emergency reading is listed for those who oversee them', async () => {
  const context = await open(browser, instance.url)
  const head = await signIn(context, 'head')
  const opened = await send(context, `/api/v1/cases/${id}/break-glass`, { compartments: ['reporter'], grounds: 'child_in_danger', reason: '孩子失联，须立即联系报告人。' })
  expect(opened.status(), await opened.text()).toBe(201)
  await head.goto('/break-glass')
  await head.getByText('正在调阅').first().waitFor()
  await head.getByText('待审查：').first().waitFor()
  await shoot(head, 'break-glass')
  await expectAccessible(head)
  await head.goto(`/looks/${id}`)
  await head.getByRole('cell', { name: '查找命中' }).first().waitFor()
  await shoot(head, 'looks')
  await expectAccessible(head)
  expectNoComplaint(head)
  await context.close()
})

test('the audit administrator reads the log and asks who looked', async () => {
  const context = await open(browser, instance.url)
  const audit = await signIn(context, 'auditadmin')
  await audit.goto('/audit')
  await audit.getByRole('link', { name: '谁看过' }).first().waitFor()
  await shoot(audit, 'audit')
  await expectAccessible(audit)
  await audit.getByRole('link', { name: '谁看过' }).first().click()
  await audit.getByRole('heading', { name: '谁看过' }).waitFor()
  await audit.getByText('被拒绝的').click()
  await audit.getByText('没有被拒绝的记录。').waitFor()
  expectNoComplaint(audit)
  await context.close()
})

test('a draft of the rules that is not saved is not left unasked, and a saved one opens without a question', async () => {
  const context = await open(browser, instance.url, { reducedMotion: 'reduce' })
  const head = await signIn(context, 'head')
  await head.goto('/rules?tab=drafts')
  await head.getByRole('button', { name: '起草' }).click()
  const document = head.getByLabel('依据文件')
  await document.fill('会议纪要第 3 号')
  await head.getByRole('tab', { name: '工作日历' }).click()
  const asked = head.getByRole('dialog', { name: '离开此页？' })
  await asked.getByRole('button', { name: '留在此页' }).click()
  await asked.waitFor({ state: 'hidden' })
  expect(await document.inputValue()).toBe('会议纪要第 3 号')
  await head.getByLabel('理由').fill('演练中试着更改')
  await head.getByLabel('添加要改的时限').press('ArrowDown')
  await head.getByLabel('添加要改的时限').press('Enter')
  await head.getByLabel('提醒分散', { exact: true }).fill('5')
  await head.getByRole('button', { name: '保存' }).click()
  await head.getByRole('heading', { name: '会议纪要第 3 号' }).waitFor()
  expect(await asked.count()).toBe(0)
  expectNoComplaint(head)
  await context.close()
})

test('the health page says what is well, and what to do where it is not', async () => {
  const context = await open(browser, instance.url)
  const admin = await signIn(context, 'sysadmin')
  await admin.goto('/health')
  await admin.getByRole('group', { name: '流程引擎' }).getByText('连通').waitFor()
  await admin.getByRole('group', { name: '工作进程' }).getByText(/^[1-9]\d*$/).waitFor()
  const drill = admin.getByRole('group', { name: '最近一次恢复演练' })
  await drill.getByText('从未').waitFor()
  await drill.getByText(/tonghu drilled/).waitFor()
  await shoot(admin, 'health')
  await expectAccessible(admin)
  expect(await admin.getByRole('menuitem', { name: '个案' }).count()).toBe(0) // no business data for administrators
  expectNoComplaint(admin)
  await context.close()
})
