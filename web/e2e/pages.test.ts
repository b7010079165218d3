import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { call, expectAccessible, expectNoComplaint, open, phone, shoot, signIn, startBrowser, watch } from './browser'
import { passwordOf, startInstance, type Instance } from './instance'

// Every page of the console as somebody sees who may open it: a picture at two widths, and axe in light and in dark.

let instance: Instance
let browser: Browser
let report = ''
let care = ''
const inside = new Map<string, Page>()

/** A page, or a part of one. */
interface View {
  name: string
  login: string
  path: string
  /** What stands there once the page is whole. */
  ready: (page: Page) => Promise<unknown>
  /** What somebody does to come to it. */
  act?: (page: Page) => Promise<unknown>
}

const heading = (name: string) => (page: Page) => page.getByRole('heading', { level: 1, name }).waitFor()
const text = (words: string | RegExp) => (page: Page) => page.getByRole('main').or(page.locator('#main')).getByText(words).first().waitFor()
const row = (page: Page) => page.getByRole('listitem').first().waitFor()
const dialog = (page: Page) => page.getByRole('dialog').waitFor()
const press = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).first().click()
const both = (...acts: ((page: Page) => Promise<unknown>)[]) => async (page: Page) => {
  for (const act of acts) await act(page)
}

const views: View[] = [
  { name: 'work', login: 'desk1', path: '/', ready: row },
  { name: 'work-area', login: 'desk1', path: '/?whose=area', ready: row },
  { name: 'work-select', login: 'desk1', path: '/?whose=area', ready: row, act: both(press('批量移交'), press('全选已显示的'), press('移交'), dialog) },
  { name: 'work-views', login: 'desk1', path: '/?whose=area&overdue=1', ready: heading('我的待办'), act: press('常用视图') },
  { name: 'work-none', login: 'justice', path: '/', ready: text('没有待办') },
  { name: 'work-village', login: 'village', path: '/', ready: heading('我的待办') },
  { name: 'cases', login: 'desk1', path: '/cases', ready: row },
  { name: 'case-timeline', login: 'desk1', path: '/cases/REPORT', ready: (page) => page.getByRole('tabpanel').getByRole('listitem').first().waitFor() },
  ...['people', 'files', 'messages', 'notes', 'tasks', 'papers'].map((panel) => ({
    name: `case-${panel}`, login: 'desk1', path: `/cases/REPORT?panel=${panel}`, ready: both(text('唐小荷'), (page) => page.getByRole('tabpanel').waitFor()),
  })),
  { name: 'case-looks', login: 'head', path: '/cases/REPORT', ready: text('查阅记录') },
  { name: 'case-glass', login: 'head', path: '/cases/REPORT?panel=people', ready: text('唐小荷'), act: both(press('紧急调阅'), dialog) },
  { name: 'case-liaison', login: 'education', path: '/cases/REPORT', ready: text('转办部门任务') },
  // Who is told neither of the situations nor of the compartment is warned before a photo all the same.
  { name: 'case-liaison-files', login: 'education', path: '/cases/REPORT?panel=files', ready: text('不要拍摄隐私部位') },
  { name: 'case-care', login: 'shelter', path: '/cases/CARE', ready: text('临时监护') },
  { name: 'case-missing', login: 'desk1', path: '/cases/00000000-0000-4000-8000-000000000000', ready: (page) => page.getByRole('alert').first().waitFor() },
  { name: 'unit', login: 'principal', path: '/unit', ready: heading('') },
  { name: 'file', login: 'desk1', path: '/file', ready: text('孩子现在有危险吗') },
  { name: 'finding', login: 'shelter', path: '/finding', ready: heading('启动临时监护') },
  { name: 'mine', login: 'teacher', path: '/mine', ready: row },
  { name: 'notices', login: 'desk1', path: '/notices', ready: heading('消息') },
  { name: 'supervision', login: 'head', path: '/supervision', ready: heading('') },
  { name: 'supervision-departments', login: 'head', path: '/supervision', ready: text('按部门'), act: (page) => page.getByText('按部门', { exact: true }).click() },
  { name: 'supervision-export', login: 'head', path: '/supervision', ready: text('按部门'), act: both(press('导出'), dialog) },
  { name: 'rules', login: 'head', path: '/rules', ready: text('受案') },
  { name: 'rules-ladder', login: 'head', path: '/rules', ready: text('受案'), act: both((page) => page.locator('#main').getByRole('button', { name: '强制报告' }).first().click(), dialog) },
  { name: 'rules-versions', login: 'head', path: '/rules?tab=versions', ready: row },
  { name: 'rules-drafts', login: 'head', path: '/rules?tab=drafts', ready: heading('时限与日历') },
  { name: 'rules-editor', login: 'head', path: '/rules?tab=drafts', ready: heading('时限与日历'), act: press(/新建|起草|拟/) },
  { name: 'rules-calendar', login: 'head', path: '/rules?tab=calendar', ready: text(/2027/) },
  { name: 'rules-count', login: 'head', path: '/rules?tab=count', ready: heading('时限与日历') },
  { name: 'people', login: 'head', path: '/people', ready: row, act: both(press(/^查看 /), dialog) },
  { name: 'people-vacant', login: 'head', path: '/people?tab=vacant', ready: heading('岗位与人员') },
  { name: 'people-handover', login: 'sysadmin', path: '/people?tab=handover', ready: heading('岗位与人员') },
  { name: 'people-accounts', login: 'sysadmin', path: '/people?tab=accounts', ready: row },
  { name: 'people-add', login: 'sysadmin', path: '/people?tab=accounts', ready: row, act: both(press('新建账号'), dialog) },
  { name: 'people-import', login: 'sysadmin', path: '/people?tab=import', ready: heading('岗位与人员') },
  { name: 'search', login: 'desk1', path: '/search', ready: (page) => page.getByLabel('查找内容').waitFor() },
  { name: 'audit', login: 'auditadmin', path: '/audit', ready: (page) => page.getByRole('link', { name: '谁看过' }).first().waitFor() },
  { name: 'looks', login: 'head', path: '/looks/REPORT', ready: heading('谁看过') },
  { name: 'break-glass', login: 'head', path: '/break-glass', ready: heading('') },
  { name: 'health', login: 'sysadmin', path: '/health', ready: text('连通') },
  { name: 'account', login: 'desk1', path: '/account', ready: heading('') },
  { name: 'nowhere', login: 'desk1', path: '/nowhere', ready: (page) => page.getByRole('button', { name: /首页/ }).waitFor() },
]

/** The page of somebody who is signed in, in a browser of their own. */
async function as(login: string): Promise<Page> {
  const known = inside.get(login)
  if (known) return known
  const page = await signIn(await open(browser, instance.url, { reducedMotion: 'reduce' }), login)
  inside.set(login, page)
  return page
}

async function ask<T>(login: string, path: string, data?: object): Promise<T> {
  return call<T>((await as(login)).context().request, path, data)
}

async function take(login: string, id: string, step: string, fields: object) {
  const { base } = await ask<{ base: number }>(login, `/api/v1/cases/${id}`)
  await ask(login, `/api/v1/cases/${id}/steps/${step}`, { base, fields })
}

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance(), startBrowser()])
  const body = { org: '379999101203', situations: ['MR04'], danger: 'no', relation: 'guardian', child: { name: '唐小荷', age: 11, school: '青石镇中心小学' }, reporter: { name: '苏文静', phone: '13900000001', contact: 'phone' }, narrative: { text: '孩子说不敢回家。', place: '学校' } }
  await ask('teacher', '/api/v1/reports', { ...body, duty_unit: true, unit: 'experimental_school' })
  report = (await ask<{ case: string }>('desk1', '/api/v1/reports', body)).case
  await take('desk1', report, 'accept', {})
  await take('desk1', report, 'triage', { colour: 'yellow', reason: '已核对', duplicate: false, jurisdiction: 'own', guardianship_needed: true, compartment: false, relation: 'guardian', manager: 'city:379999000000/manager#1' })
  await take('desk1', report, 'task_assign', { post: 'unit:education/liaison', measure: 'schooling', content: '落实转学安置。' })
  await take('desk1', report, 'open_guardianship', { ground: 'TG6', facts: '监护人殴打。' })
  await ask('desk1', `/api/v1/cases/${report}/messages`, { text: '已收到，正在核实。' })
  await ask('manager1', `/api/v1/cases/${report}/visits`, { outcome: 'met', alone: true, text: '孩子情绪低落。' })
  care = (await ask<{ links: { case: string }[] }>('desk1', `/api/v1/cases/${report}`)).links[0]!.case
  await vi.waitFor(async () => expect((await ask<{ allowed: string[] }>('manager1', `/api/v1/cases/${care}`)).allowed).toContain('verify'), { timeout: 30_000, interval: 500 })
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

const pathOf = (view: View) => view.path.replace('REPORT', report).replace('CARE', care)

test('no page is left out', () => {
  const source = readFileSync(join(import.meta.dirname, '../src/console/pages.tsx'), 'utf8')
  const paths = [...source.matchAll(/\{ path: '([^']+)'/g)].map((m) => m[1]!)
  expect(paths.length).toBeGreaterThan(12)
  const shown = new Set(views.map((v) => v.path.replace(/\?.*/, '').replace(/^(\/\w+)\/[A-Z]+$/, '$1/:id')))
  expect(paths.filter((p) => !shown.has(p))).toEqual([])
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

test.each(views)('$name', async (view) => {
  const page = await as(view.login)
  await page.goto(pathOf(view))
  await view.ready(page)
  await view.act?.(page)
  await page.getByRole('status', { name: '正在加载' }).first().waitFor({ state: 'detached' })
  await shoot(page, view.name)
  await expectAccessible(page)
  expectNoComplaint(page)
})

test('the menu on a phone, and the tour at a first visit of four bubbles at most', async () => {
  const context = await open(browser, instance.url, { viewport: phone, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }, true)
  const page = await signIn(context, 'village')
  const bubble = page.locator('.ant-tour')
  let bubbles = 1
  await bubble.waitFor()
  await shoot(page, 'tour')
  await expectAccessible(page)
  while (await bubble.getByRole('button', { name: '下一步' }).isVisible()) {
    await bubble.getByRole('button', { name: '下一步' }).click()
    bubbles++
  }
  expect(bubbles).toBeLessThanOrEqual(4)
  await bubble.getByRole('button', { name: '知道了' }).click()
  await bubble.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('heading', { name: '我的待办' }).waitFor()
  expect(await page.locator('.ant-tour').count(), 'it is offered once').toBe(0)
  await page.getByRole('button', { name: '主菜单' }).click()
  await page.getByRole('navigation', { name: '主菜单' }).waitFor()
  await shoot(page, 'menu')
  await expectAccessible(page)
  expectNoComplaint(page)
  await context.close()
})

test('in English the frame, headings and buttons of every page speak English', async () => {
  const context = await open(browser, instance.url, { locale: 'en-GB', reducedMotion: 'reduce' })
  await context.addInitScript(() => localStorage.setItem('tonghu.language', 'en')) // chosen: the console is Chinese first
  const page = await context.newPage()
  watch(page)
  await page.goto('/')
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await shoot(page, 'sign-in-en')
  await page.getByLabel('User name').fill('desk2')
  await page.getByLabel('Password', { exact: true }).fill(passwordOf('desk2'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation').waitFor()
  const chinese: string[] = []
  for (const path of ['/', '/cases', `/cases/${report}`, '/file', '/mine', '/notices', '/supervision', '/rules', '/rules?tab=calendar', '/people', '/search', '/health', '/account']) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
    const said = await page.locator('nav, h1, h2, h3, th, label, #main button').allInnerTexts()
    // Names of people, places, posts and cases are what people have written; some papers, and the Chinese language itself, have no English name here.
    const rest = said.map((s) => s.replaceAll(/督办单|转办函|查询码|责任链|回执|中文/g, '')).filter((s) => /\p{Script=Han}/u.test(s) && !/[镇村局院〔]|中心/.test(s))
    chinese.push(...rest.map((s) => `${path}: ${s}`))
  }
  expect(chinese).toEqual([])
  await shoot(page, 'account-en')
  expectNoComplaint(page)
  await context.close()
})

// What a page asks for does not come, or comes broken: it says so and offers to try again; nothing is blank.
const asking = views.filter((v) => !v.act && !['nowhere', 'case-missing', 'file', 'search', 'work-none', 'work-village', 'finding', 'people-import'].includes(v.name) && !/^case-(?!timeline)/.test(v.name))
test.concurrent.each(asking)('$name when the server fails', async (view) => {
  const page = await (await as(view.login)).context().newPage()
  await page.route(/\/api\/v1\/(?!session|me\b|stream|directory|steps)/, (route) =>
    route.request().method() === 'GET' ? route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, code: 'internal', title: '系统出错', detail: '请稍后再试。' }) }) : route.continue(),
  )
  await page.goto(pathOf(view))
  await page.locator('#main').getByText('系统出错').first().waitFor()
  await page.close()
})
