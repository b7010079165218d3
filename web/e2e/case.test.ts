import { join } from 'node:path'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { call, expectAccessible, expectNoComplaint, open, screens, shoot, signIn, startBrowser, watch } from './browser'
import { passwordOf, startInstance, type Instance } from './instance'
import { drawer, past, region } from './steps'

let instance: Instance
let browser: Browser
let context: BrowserContext
let desk: Page

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance(), startBrowser()])
  context = await open(browser, instance.url, { reducedMotion: 'reduce' })
  desk = await signIn(context, 'desk1')
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

interface Shown {
  base: number
  allowed: string[]
  links: { case: string }[]
}

/** A fictional report, and its case. */
async function file(danger = 'no'): Promise<string> {
  const filed = await call<{ case: string }>(context.request, '/api/v1/reports', {
    org: '379999101203',
    situations: ['MR04'],
    danger,
    relation: 'guardian',
    child: { name: '王小明', age: 11, school: '青石镇中心小学' },
    narrative: { text: '孩子手臂有多处淤青。', place: '学校医务室' },
  })
  return filed.case
}

/** Takes a step without the page: what comes before the thing that is tested. */
async function take(id: string, step: string, fields: object, request = context.request) {
  const { base } = await call<Shown>(request, `/api/v1/cases/${id}`)
  return call<Shown>(request, `/api/v1/cases/${id}/steps/${step}`, { base, fields })
}

async function triaged(colour: string): Promise<string> {
  const id = await file()
  await take(id, 'accept', {})
  await take(id, 'triage', { colour, reason: '已核对', duplicate: false, jurisdiction: 'own', guardianship_needed: false, compartment: false, relation: 'guardian', manager: 'city:379999000000/manager#1' })
  return id
}


/** Opens the form of a step from among those that may be taken. */
async function form(page: Page, id: string, step: string): Promise<Locator> {
  await page.goto(`/cases/${id}`)
  await region(page, '可以办理的环节').getByRole('button', { name: step }).click()
  await drawer(page).waitFor()
  return drawer(page)
}

test('the duty desk triages a report on its page, led there by what is due', async () => {
  const id = await file('yes')
  await desk.goto(`/cases/${id}?do=triage`)
  const due = desk.locator('li[data-key="triage"]')
  await due.getByRole('button', { name: '研判分级', exact: true }).waitFor()
  expect(await due.getAttribute('class')).toBe('wanted')
  await region(desk, '个案概况').getByText('王小明').waitFor()
  await shoot(desk, 'case')
  await due.getByRole('button', { name: '研判分级', exact: true }).click()
  const f = drawer(desk)
  await f.getByRole('button', { name: '提交' }).click()
  await f.getByText('请填写“风险等级”').waitFor()
  await shoot(desk, 'case-form')
  await expectAccessible(desk)
  await f.getByRole('radio', { name: '红（高风险）' }).check()
  await f.getByLabel('理由').fill('多处损伤，须立即见到孩子。')
  await f.getByLabel('是否重复报告').getByRole('radio', { name: '否' }).check()
  await f.getByRole('radio', { name: '本地管辖' }).check()
  await f.getByLabel('是否需要临时监护').getByRole('radio', { name: '否' }).check()
  await f.getByLabel('列入保密范围（性侵）').getByRole('radio', { name: '否' }).check()
  await f.getByRole('button', { name: '提交' }).click()
  await desk.getByText('已办理：研判分级').waitFor()
  await desk.locator('[aria-current="step"]', { hasText: '救助保护' }).waitFor()
  expect(await desk.locator('li[data-key="triage"]').count()).toBe(0)
  await expectAccessible(desk)
  expectNoComplaint(desk)
})

test('a refused step says why, and keeps what was written even when the form is closed', async () => {
  const id = await triaged('blue')
  let f = await form(desk, id, '查否')
  await f.getByLabel('理由').fill('经核实没有发现伤情。')
  await f.getByText('此环节须由另一人审批').waitFor()
  await f.getByRole('button', { name: '提请审批' }).click()
  await desk.getByRole('dialog', { name: '确认办理' }).getByRole('button', { name: '提交' }).click()
  await f.getByText('尚未见到儿童，不能查否').waitFor()
  await f.getByRole('button', { name: '关闭', exact: true }).last().click()
  await drawer(desk).waitFor({ state: 'hidden' })
  await region(desk, '可以办理的环节').getByRole('button', { name: '查否 · 未提交' }).click()
  f = drawer(desk)
  expect(await f.getByLabel('理由').inputValue()).toBe('经核实没有发现伤情。')
  expectNoComplaint(desk)
})

test('a refused form opens again after the page was loaded anew, and goes when it is thrown away', async () => {
  const id = await triaged('blue')
  const f = await form(desk, id, '查否')
  await f.getByLabel('理由').fill('经核实没有发现伤情，家访两次。')
  await f.getByRole('button', { name: '提请审批' }).click()
  await desk.getByRole('dialog', { name: '确认办理' }).getByRole('button', { name: '提交' }).click()
  await f.getByText('尚未见到儿童，不能查否').waitFor()
  desk.once('dialog', (asked) => void asked.accept()) // the tab asks before it loses the form
  await desk.goto(`/cases/${id}?form=unfounded`)
  await drawer(desk).waitFor()
  expect(await drawer(desk).getByLabel('理由').inputValue()).toBe('经核实没有发现伤情，家访两次。')
  await drawer(desk).getByRole('button', { name: '关闭', exact: true }).last().click()
  const kept = region(desk, '没有办成的表单')
  await kept.getByText('尚未见到儿童，不能查否').waitFor()
  await shoot(desk, 'case-kept')
  await expectAccessible(desk)
  await kept.getByRole('button', { name: '删除' }).click()
  await desk.getByRole('dialog').getByRole('button', { name: '删除' }).click()
  await kept.waitFor({ state: 'hidden' })
  expectNoComplaint(desk)
})

test('whoever leaves a page with words in a form is asked, and other parts of the case keep them', async () => {
  const id = await triaged('blue')
  await desk.goto(`/cases/${id}?panel=notes`)
  const text = desk.getByLabel('内容', { exact: true })
  await text.fill('电话联系了班主任。')
  await desk.getByRole('tab', { name: '人员信息' }).click()
  await desk.getByRole('tab', { name: '走访与备注' }).click()
  expect(await text.inputValue()).toBe('电话联系了班主任。')
  const menu = desk.getByRole('navigation', { name: '主菜单' })
  await menu.getByRole('link', { name: '消息' }).click()
  const asked = desk.getByRole('dialog', { name: '离开此页？' })
  await asked.waitFor()
  await shoot(desk, 'leave')
  await asked.getByRole('button', { name: '留在此页' }).click()
  expect(await text.inputValue()).toBe('电话联系了班主任。')
  await menu.getByRole('link', { name: '消息' }).click()
  await asked.getByRole('button', { name: '离开' }).click()
  await desk.getByRole('heading', { name: '消息' }).waitFor()
  expectNoComplaint(desk)
})

test('times are those of China on a computer in another zone, as they are read and as they are typed', async () => {
  const id = await triaged('blue')
  const abroad = await open(browser, instance.url, { reducedMotion: 'reduce', timezoneId: 'UTC' })
  const page = await signIn(abroad, 'desk2')
  await page.goto(`/cases/${id}?panel=notes`)
  await page.getByLabel('内容', { exact: true }).fill('学校来电。')
  const now = past(0)
  await page.getByLabel('发生时间').fill(now)
  await page.getByLabel('发生时间').press('Tab')
  const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/notes'))
  await page.getByRole('button', { name: '保存备注' }).click()
  expect(((await sent).postDataJSON() as { occurred_at: string }).occurred_at).toBe(`${now.replace(' ', 'T')}:00+08:00`)
  await page.getByRole('tabpanel').getByRole('listitem').getByText(now).waitFor()
  await page.getByRole('tab', { name: '经过' }).click()
  const first = page.getByRole('list', { name: '经过' }).locator('time').first()
  const at = Date.parse((await first.getAttribute('datetime')) ?? '')
  expect(await first.textContent()).toBe(new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '))
  expectNoComplaint(page)
  await abroad.close()
})

test('what protects a child is not offered to be paused', async () => {
  const id = await triaged('yellow')
  await desk.goto(`/cases/${id}`)
  const seen = desk.locator('li[data-key="child_seen"]')
  await seen.getByRole('button', { name: /更多/ }).click()
  const no = desk.getByRole('menuitem', { name: /保护儿童安全的时限不能暂停/ })
  await no.waitFor()
  expect(await no.getAttribute('aria-disabled')).toBe('true')
  await shoot(desk, 'case-pause')
  expectNoComplaint(desk)
})

test('what somebody else did meanwhile is shown, and the text is sent on the new state', async () => {
  const id = await triaged('blue')
  const f = await form(desk, id, '调整风险等级')
  await f.getByRole('radio', { name: '黄（较高风险）' }).check()
  await f.getByLabel('理由').fill('家访发现情况变化。')

  const second = await open(browser, instance.url, { reducedMotion: 'reduce' })
  const other = await signIn(second, 'desk2')
  // The first one's stream is cut off, so that only the server can tell that the form is stale.
  await context.route('**/api/v1/cases/*', (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))
  const g = await form(other, id, '可以安全告知监护人')
  await g.getByRole('radio', { name: '监护人和儿童' }).check()
  await g.getByLabel('方式').fill('由社工当面告知。')
  await g.getByRole('button', { name: '提交' }).click()
  await other.getByText('已办理：可以安全告知监护人').waitFor()
  await second.close()

  await f.getByRole('button', { name: '提交' }).click()
  await f.getByText('您填写期间，个案已有新的办理').waitFor()
  await context.unroute('**/api/v1/cases/*')
  await f.getByText('吴志远').waitFor()
  await f.getByText('可以安全告知监护人').waitFor()
  await shoot(desk, 'case-conflict')
  expect(await f.getByLabel('理由').inputValue()).toBe('家访发现情况变化。')
  await f.getByRole('button', { name: '仍要提交' }).click()
  await desk.getByText('已办理：调整风险等级').waitFor()
  await region(desk, '个案概况').getByText('黄色').waitFor()
  expectNoComplaint(desk)
})

test('a form that is open learns gently that the case moved on', async () => {
  const id = await triaged('blue')
  const f = await form(desk, id, '申请法律援助')
  await take(id, 'notice_safe', { told: 'both', manner: '当面' })
  await f.getByText('个案刚有新的办理').waitFor()
  await f.getByRole('button', { name: '已了解，继续填写' }).click()
  await f.getByText('个案刚有新的办理').waitFor({ state: 'hidden' })
  await desk.keyboard.press('Escape')
  expectNoComplaint(desk)
})

test('a network lost while sending keeps the form, and the same form is done once', async () => {
  const id = await triaged('blue')
  const f = await form(desk, id, '转办部门任务')
  await f.getByLabel('岗位').fill('教育')
  await desk.getByTitle(/教育.*联络员/).waitFor()
  await f.getByLabel('岗位').press('Enter')
  await f.getByLabel('帮扶措施').fill('就学')
  await f.getByLabel('帮扶措施').press('Enter')
  await f.getByLabel('内容').fill('落实转学安置。')
  // The request arrives; its answer does not.
  await context.route('**/steps/task_assign', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await f.getByRole('button', { name: '提交' }).click()
  await f.getByText('不知道是否已经送达').waitFor()
  await context.unroute('**/steps/task_assign')
  await f.getByRole('button', { name: '再次发送' }).click()
  await desk.getByText('已办理：转办部门任务').waitFor()
  const { tasks } = await call<{ tasks: object[] }>(context.request, `/api/v1/cases/${id}`)
  expect(tasks).toHaveLength(1)
  expectNoComplaint(desk)
})

test('the desk records what the police did on their behalf', async () => {
  const id = await triaged('blue')
  await take(id, 'police_report', { reported_at: new Date(Date.now() - 7_200_000).toISOString(), receipt: '110-0001' })
  await desk.goto(`/cases/${id}`)
  await desk.locator('li[data-key="police_accept_review"]').getByRole('button', { name: '公安受案 · 代录' }).click()
  const f = drawer(desk)
  await f.getByLabel('受案时间').fill(past())
  await f.getByLabel('受案时间').press('Enter')
  await f.getByRole('radio', { name: '行政案件' }).check()
  await f.getByRole('radio', { name: '电话' }).check()
  await f.getByText(/市公安局 · 公安联络员/).waitFor()
  await f.getByRole('button', { name: '提交' }).click()
  await desk.getByText('已办理：公安受案').waitFor()
  await region(desk, '并行事项').getByText('已受案').waitFor()
  expectNoComplaint(desk)
})

test('a guardianship is decided by two people, and its page says what bars the return', async () => {
  const id = await triaged('yellow')
  await take(id, 'open_guardianship', { ground: 'TG6', facts: '监护人殴打。' })
  await desk.goto(`/cases/${id}`)
  await region(desk, '并行事项').getByRole('link', { name: '临时监护' }).click()
  await region(desk, '临时监护').waitFor()
  const care = desk.url().split('/').at(-1) ?? ''
  await expect.poll(async () => (await call<Shown>(context.request, `/api/v1/cases/${care}`)).allowed).toContain('decide')
  const f = await form(desk, care, '作出临时监护决定')
  await f.getByText('提请人不能审批自己的事项').waitFor()
  await f.getByLabel('是否紧急口头审批').getByRole('radio', { name: '否' }).check()
  await f.getByLabel('理由').fill('须立即保护。')
  await f.getByRole('button', { name: '提请审批' }).click()
  await desk.getByText('已提请审批：作出临时监护决定').waitFor()
  expect(await region(desk, '待第二人审批').getByRole('button', { name: '批准' }).count()).toBe(0)

  const second = await open(browser, instance.url, { reducedMotion: 'reduce' })
  const bureau = await signIn(second, 'bureau')
  await bureau.goto(`/cases/${care}`)
  await shoot(bureau, 'case-proposal')
  await region(bureau, '待第二人审批').getByRole('button', { name: '批准' }).click()
  await drawer(bureau).getByRole('button', { name: '提交' }).click()
  await bureau.getByText('已办理：批准').waitFor()
  expectNoComplaint(bureau)
  await second.close()

  await region(desk, '临时监护').getByText('已用 0 天').waitFor()
  await region(desk, '临时监护').getByText('会商形成结论前，不得交监护人领回').waitFor()
  await shoot(desk, 'case-guardianship')
  await expectAccessible(desk)
  expectNoComplaint(desk)
})

/** Somebody else's requests, without their screen. */
async function as(login: string): Promise<BrowserContext> {
  const other = await open(browser, instance.url, { reducedMotion: 'reduce' })
  const answer = await other.request.post('/api/v1/session', { data: { login, password: passwordOf(login) } })
  expect(answer.status()).toBe(200)
  return other
}

test('a department reads what is asked of it and why its answer was sent back', async () => {
  const id = await triaged('blue')
  const school = await as('education')
  await take(id, 'task_assign', { post: 'unit:education/liaison', measure: 'schooling', content: '请落实转学安置。' })
  await take(id, 'task_sign', { task: 1 }, school.request)
  await take(id, 'task_report', { task: 1, result: 'done', content: '已联系接收学校。' }, school.request)
  await desk.goto(`/cases/${id}?panel=tasks`)
  const history = (page: Page) => page.getByRole('list', { name: '任务 1 的办理经过' })
  await history(desk).getByText('已联系接收学校。').waitFor()
  await desk.locator('#panels').getByText('验收部门任务').first().waitFor()
  await take(id, 'task_return', { task: 1, reason: '请附接收学校的证明。' })

  const page = await school.newPage()
  watch(page)
  await page.goto(`/cases/${id}?panel=tasks`)
  for (const words of ['请落实转学安置。', '已联系接收学校。', '请附接收学校的证明。', '退回 1 次']) await page.locator('#panels').getByText(words).waitFor()
  await history(page).getByText(/市未保办受理员/).first().waitFor()
  await shoot(page, 'case-task')
  await expectAccessible(page)
  // Of what else may be done, it is offered what the server lets it do.
  await page.getByRole('tab', { name: '走访与备注' }).click()
  await page.getByRole('button', { name: '保存备注' }).waitFor()
  expect(await page.getByRole('tab', { name: '登记走访' }).count()).toBe(0)
  expectNoComplaint(page)
  await school.close()
})

test('who reads and does not write is offered no form', async () => {
  const id = await triaged('blue')
  const town = await as('leader')
  const page = await town.newPage()
  watch(page)
  await page.goto(`/cases/${id}?panel=notes`)
  await page.getByText('还没有走访和备注').waitFor()
  expect(await page.getByRole('button', { name: /保存/ }).count()).toBe(0)
  await page.getByRole('tab', { name: '照片和材料' }).click()
  await page.locator('#panels').getByText('还没有照片或材料').waitFor()
  expect(await page.locator('#panels input[type=file]').count()).toBe(0)
  expectNoComplaint(page)
  await town.close()
})

test('the conference record stands on the page, and who carries its conclusion out', async () => {
  const found = await call<{ id: string }>(context.request, '/api/v1/guardianships', { ground: 'TG6', danger: 'no', org: '379999101203' })
  const [manager, bureau, shelter] = await Promise.all([as('manager1'), as('bureau'), as('shelter')])
  await take(found.id, 'decide', { ground: 'TG6', oral: false, reason: '须立即保护。' })
  const { proposals } = await call<{ proposals: { id: string }[] }>(bureau.request, `/api/v1/cases/${found.id}`)
  await take(found.id, 'approve', { proposal: proposals[0]?.id }, bureau.request)
  await take(found.id, 'admit', { identity_known: true, documents: ['admission_register'] })
  await take(found.id, 'place', { placement: 'kin', carer_checked: true, child_asked: true, carer: '外祖母，青石镇。' }, manager.request)
  await take(found.id, 'begin_assessment', { assessors: 3, one_senior: true }, manager.request)
  await take(found.id, 'change_placement', { placement: 'shelter', carer_checked: true, child_asked: true, carer: '救助保护中心。', reason: '外祖母住院。' }, manager.request)
  await take(found.id, 'full_assess', { guardian_capacity: 'able_with_help', remorse: true, assessors: 3, summary: '有悔改表现。', documents: ['background_report', 'capacity_assessment'] }, manager.request)
  const at = new Date(Date.now() - 3_600_000).toISOString()
  await take(found.id, 'convene', { attendees: ['police', 'village', 'school'], at }, manager.request)
  await take(found.id, 'conclude', { conclusion: 'return', child_heard: false, why_not_heard: '孩子住院，改日听取。', minutes: '监护人已完成家庭教育指导。', documents: ['conference_minutes'] }, manager.request)

  await desk.goto(`/cases/${found.id}`)
  const record = region(desk, '会商记录')
  for (const words of [/公安、村/, '孩子住院，改日听取。', '监护人已完成家庭教育指导。']) await record.getByText(words).waitFor()
  await region(desk, '离开临时监护的途径').getByText(/结论已形成，由.+办理/).waitFor()
  expect(await region(desk, '离开临时监护的途径').getByText('会商结论不同').count()).toBe(3)
  expect(await region(desk, '安置经过').getByRole('listitem').count()).toBe(2)
  await shoot(desk, 'case-conference')
  await desk.getByRole('region', { name: '临时监护', exact: true }).screenshot({ path: join(screens, 'case-conference-card.png') })
  await expectAccessible(desk)

  // The desk reads no protected address, and no more of where the child was placed than that.
  await region(desk, '安置经过').getByText('内容不在您的查看范围内').first().waitFor()
  expect(await desk.content()).not.toContain('外祖母')
  const page = await shelter.newPage()
  watch(page)
  await page.goto(`/cases/${found.id}`)
  await region(page, '安置经过').getByText('外祖母住院。').waitFor()
  await region(page, '会商记录').getByText('内容不在您的查看范围内').first().waitFor()
  expect(await page.content()).not.toContain('监护人已完成家庭教育指导')
  expectNoComplaint(page)
  await Promise.all([manager, bureau, shelter].map((c) => c.close()))
})

test('the printed case holds the whole timeline that has come, and nothing to press', async () => {
  const id = await triaged('yellow')
  for (let i = 0; i < 12; i++) await take(id, 'recolour', { colour: i % 2 ? 'yellow' : 'blue', reason: `第 ${i + 1} 次调整` })
  await desk.goto(`/cases/${id}`)
  const rows = desk.getByRole('list', { name: '经过' }).getByRole('listitem')
  await rows.first().waitFor()
  const all = Number(await rows.first().getAttribute('aria-setsize'))
  const inSight = await rows.count()
  expect(inSight).toBeLessThan(all)
  await desk.evaluate(() => {
    window.print = () => document.body.setAttribute('data-printed', '')
  })
  await desk.getByRole('button', { name: '载入全部并打印' }).click()
  await desk.locator('body[data-printed]').waitFor({ state: 'attached' })
  // What a browser does when it prints.
  await desk.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
  await desk.emulateMedia({ media: 'print', colorScheme: 'dark' })
  try {
    await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(all)
    await desk.getByText(/^打印：周明慧/).waitFor()
    await region(desk, '个案概况').getByText('王小明').waitFor()
    await desk.locator('li[data-key]').first().waitFor()
    expect(await desk.getByRole('button').filter({ visible: true }).count()).toBe(0)
    await desk.screenshot({ path: join(screens, 'case-print.png'), fullPage: true })
  } finally {
    await desk.emulateMedia({ media: 'screen', colorScheme: 'light' })
    await desk.evaluate(() => window.dispatchEvent(new Event('afterprint')))
  }
  await expect.poll(() => rows.count()).toBeLessThan(all)
  expectNoComplaint(desk)
})

interface Row {
  name: string
  label: { 'zh-CN': string }
  form: { name: string; if?: string; label: { 'zh-CN': string } }[]
}

// Long: `make test-full` opens them all.
test.runIf(process.env.TONGHU_LONG).each(['report', 'guardianship'])('every step of the table of a %s has a form with all its fields', async (kind) => {
  const id = kind === 'report' ? await triaged('blue') : (await call<{ id: string }>(context.request, '/api/v1/guardianships', { ground: 'TG1', danger: 'no' })).id
  const { items } = await call<{ items: Row[] }>(context.request, `/api/v1/steps?kind=${kind}`)
  await context.route(`**/api/v1/cases/${id}`, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), allowed: items.map((s) => s.name) } })
  })
  await desk.goto(`/cases/${id}`)
  const steps = region(desk, '可以办理的环节')
  await steps.getByRole('button').first().waitFor()
  const shown = await steps.locator('button[data-step]').evaluateAll((all) => all.map((b) => b.getAttribute('data-step') ?? ''))
  // Those beside what they are about (an obligation, a proposal, a conclusion) are pressed there.
  expect(shown.length).toBeGreaterThanOrEqual(items.length - 8)
  expect(shown.length).toBeGreaterThan(30)
  for (const name of shown) {
    const step = items.find((s) => s.name === name)
    await steps.locator(`button[data-step="${name}"]`).click()
    await drawer(desk).waitFor()
    for (const f of step?.form ?? []) {
      if (!f.if) await drawer(desk).locator('label', { hasText: f.label['zh-CN'] }).first().waitFor()
    }
    await desk.keyboard.press('Escape')
    await drawer(desk).waitFor({ state: 'detached' })
  }
  await context.unroute(`**/api/v1/cases/${id}`)
  expectNoComplaint(desk)
})

test('a person without a mouse goes to what is due and opens its form', async () => {
  const id = await file('yes')
  await desk.goto(`/cases/${id}`)
  await desk.locator('li[data-key="triage"] button.step').first().waitFor()
  await desk.keyboard.press('n')
  expect(await desk.evaluate(() => document.activeElement?.className)).toContain('step')
  await desk.keyboard.press('f')
  await drawer(desk).waitFor()
  await desk.keyboard.press('Escape')
  await drawer(desk).waitFor({ state: 'detached' })
  await desk.keyboard.press('?')
  await desk.getByRole('dialog', { name: '快捷键' }).waitFor()
  expectNoComplaint(desk)
})
