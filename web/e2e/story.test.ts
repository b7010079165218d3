import { join } from 'node:path'

import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, phone, screens, shoot, signIn, startBrowser, watch } from './browser'
import { startInstance, type Instance } from './instance'
import { drawer, fill, openForm, past, region, send, take, type Row } from './steps'

// One report from its filing to the archive and back, through the screens alone: somebody with a phone and no account,
// the duty desk, a case manager and the head, each in a browser of their own. The drill's clocks run in seconds.

let instance: Instance
let browser: Browser
let reporter: Page
let desk: Page
let manager: Page
let head: Page
let number = ''
let steps = new Map<string, Row>()

const at = (name: string): Row => {
  const step = steps.get(name)
  if (!step) throw new Error(`there is no step ${name}`)
  return step
}

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance('drill'), startBrowser()])
  const inside = async (login: string) => {
    const context = await open(browser, instance.url, { reducedMotion: 'reduce' })
    return signIn(context, login)
  }
  desk = await inside('desk1')
  manager = await inside('manager1')
  head = await inside('head')
  const onPhone: BrowserContext = await open(browser, instance.url, { viewport: phone, hasTouch: true, isMobile: true })
  reporter = await onPhone.newPage()
  watch(reporter)
  // Only the words of the forms are read past the screens.
  const table = (await (await desk.context().request.get('/api/v1/steps?kind=report')).json()) as { items: Row[] }
  steps = new Map(table.items.map((s) => [s.name, s]))
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

// A story whose chapter failed has no next one.
let broken = false
beforeEach(({ skip, onTestFailed }) => {
  if (broken) skip()
  onTestFailed(async () => {
    broken = true
    for (const [name, page] of Object.entries({ reporter, desk, manager, head })) await page.screenshot({ path: join(screens, `failed-story-${name}.png`) })
  })
})

/** The rows of this case in a worklist that is open. */
const rows = (page: Page) => page.getByRole('listitem').filter({ hasText: number })

test('a neighbour reports, and the desk sees it come without a reload', async () => {
  await desk.goto('/?whose=area')
  await desk.getByRole('heading', { name: '我的待办' }).waitFor()
  await reporter.goto('/report')
  await reporter.getByLabel('现在没有危险').check()
  const next = () => reporter.getByRole('button', { name: '下一步' }).click()
  const reached = (name: string) => reporter.getByRole('heading', { level: 2, name }).waitFor()
  await next()
  await reached('发生了什么？')
  await reporter.getByLabel('其他严重伤害，或正面临危险').check()
  await reporter.getByLabel('看到、听到了什么').fill('孩子夜里常在楼道里哭，说不敢回家。')
  await next()
  await reached('在哪里、什么时候？')
  await reporter.getByLabel('哪个镇街').selectOption({ label: '青石镇' })
  await next()
  await reached('是哪个孩子？')
  await reporter.getByLabel('孩子的姓名或小名').fill('唐小荷')
  await reporter.getByLabel('大概几岁').fill('11')
  await next()
  await reached('怎样联系您？')
  await next()
  await reached('看一遍，再提交')
  await reporter.getByRole('button', { name: '提交' }).click()
  await reporter.getByRole('heading', { name: /已收到|收到了/ }).waitFor()
  number = ((await reporter.locator('p.number').textContent()) ?? '').replace('编号', '').trim()
  expect(number).not.toBe('')
  await rows(desk).first().waitFor({ timeout: 30_000 })
  expectNoComplaint(reporter)
})

test('nobody acts, and the alert climbs to the head, whose page tells why', async () => {
  await head.goto('/?whose=area')
  await head.getByRole('heading', { name: '我的待办' }).waitFor()
  const row = rows(head).filter({ hasText: '已提醒 4 级' }).filter({ hasText: '红色' }) // nobody triaged it, so it is red
  await row.first().waitFor({ timeout: 90_000 }) // nobody reloads
  await shoot(head, 'story-escalated')
  await row.first().getByRole('button', { name: '为什么在这里' }).click()
  const why = head.locator('.ant-popover')
  await why.getByText('本地').first().waitFor()
  await why.getByText(/没有在规定时间内处理/).first().waitFor()
  await why.getByText(/未保办主任/).first().waitFor()
  await shoot(head, 'story-why')
  await head.keyboard.press('Escape')
  await row.first().getByRole('button', { name: '签收' }).click()
  const form = drawer(head)
  await form.getByLabel('谁去办理').fill('高建国')
  await form.getByRole('button', { name: '签收' }).click()
  await head.getByText('已签收').first().waitFor()
  expectNoComplaint(head)
})

test('the desk goes from its worklist to the form, and triages', async () => {
  await rows(desk).filter({ hasText: '研判分级' }).getByRole('button', { name: '去办理' }).click()
  await desk.getByRole('region', { name: '个案概况' }).getByText('唐小荷').waitFor()
  await take(desk, at('police_report'), { reported_at: past(), receipt: '110-0001' })
  await take(desk, at('triage'), {
    colour: 'blue', reason: '须尽快见到孩子。', duplicate: false, jurisdiction: 'own', guardianship_needed: false, compartment: false, relation: 'guardian', manager: '孙海宁',
  })
  await desk.locator('[aria-current="step"]', { hasText: '救助保护' }).waitFor()
  expectNoComplaint(desk)
})

test('two officers at one case: the slower one sees what changed and keeps the text', async () => {
  await manager.goto('/')
  await rows(manager).first().waitFor({ timeout: 30_000 })
  await rows(manager).first().getByRole('link').first().click()
  await region(manager, '个案概况').getByText('唐小荷').waitFor()
  // The desk is cut off from the case's changes, so that only the server can tell that its form is stale.
  await desk.context().route('**/api/v1/cases/*', (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()))
  const form = await openForm(desk, at('notice_safe'))
  await fill(form, at('notice_safe'), { told: 'child', manner: '由社工当面告知。' })
  await take(manager, at('child_seen'), { seen_at: past(30), place: 'school', with: ['manager', 'school'], suspect_absent: true, condition: '情绪低落，无外伤。' })
  await send(desk, form)
  await form.getByText('您填写期间，个案已有新的办理').waitFor()
  await form.getByText('见到儿童').first().waitFor()
  await desk.context().unroute('**/api/v1/cases/*')
  expect(await form.getByLabel('方式').inputValue()).toBe('由社工当面告知。')
  await form.getByRole('button', { name: '仍要提交' }).click()
  await desk.getByText('已办理：可以安全告知监护人').waitFor()
  expectNoComplaint(desk)
})

test('the manager assesses and plans; closing too early is refused, with the reason', async () => {
  await region(manager, '并行事项').getByText('可以安全告知').waitFor({ timeout: 30_000 }) // the desk's step arrives by itself
  await take(manager, at('assess'), { needs: ['psychology', 'schooling'], child_heard: true, guardian_capacity: 'able_with_help', summary: '监护人愿意接受指导。', documents: ['risk_assessment', 'needs_list'] })
  await take(manager, at('plan'), { measures: ['psychology'], goals: '安全、就学、心理恢复。', documents: ['case_plan'] })
  const form = await openForm(manager, at('close'))
  await fill(form, at('close'), { interim: false, summary: '已经稳定。', documents: ['closing_report'] })
  await send(manager, form, true)
  await form.getByRole('alert').filter({ hasText: '公安尚无处理结果' }).waitFor()
  await shoot(manager, 'story-refused')
  expect(await form.getByLabel('情况摘要').inputValue()).toBe('已经稳定。')
  await form.getByRole('button', { name: '关闭', exact: true }).last().click()
  expectNoComplaint(manager)
})

test('the police tell by telephone; reporter and desk write to each other', async () => {
  const end = at('police_end')
  const form = await openForm(desk, end)
  await fill(form, end, { at: past(), result: 'admonished' })
  await form.getByRole('radio', { name: '电话' }).check()
  await form.getByLabel('代哪个岗位记录').fill('公安')
  await form.getByLabel('代哪个岗位记录').press('Enter')
  await send(desk, form)
  await desk.getByText(`已办理：${end.label['zh-CN']}`).waitFor()

  await desk.getByRole('tab', { name: '与报告人往来' }).click()
  await reporter.getByLabel('我已记下查询码').check()
  await reporter.getByRole('button', { name: '查看进展' }).click()
  await reporter.getByRole('button', { name: '查看', exact: true }).click()
  await reporter.getByRole('heading', { name: '核实中' }).waitFor()
  await reporter.getByLabel('补充情况或留言').fill('孩子今天来上学了。')
  await reporter.getByRole('button', { name: '发送留言' }).click()
  await reporter.getByRole('listitem').filter({ hasText: '孩子今天来上学了' }).waitFor()
  await desk.getByText('孩子今天来上学了。').waitFor({ timeout: 30_000 }) // nobody reloads
  const write = desk.getByRole('tabpanel', { name: '与报告人往来' })
  await write.getByLabel('内容').fill('收到，谢谢您。')
  await write.getByRole('button', { name: '发送' }).click()
  await desk.getByText('已发送，报告人在查询页可见').waitFor()
  await reporter.getByRole('button', { name: '刷新' }).click()
  await reporter.getByRole('listitem').filter({ hasText: '收到，谢谢您' }).waitFor()
  expectNoComplaint(desk)
})

test('a visit, and two people close the case', async () => {
  await manager.getByRole('tab', { name: '走访与备注' }).click()
  const notes = manager.getByRole('tabpanel', { name: '走访与备注' })
  await notes.getByRole('radio', { name: '已见到儿童' }).check()
  await notes.getByRole('checkbox', { name: '与孩子单独谈话' }).check()
  await notes.getByLabel('所见情况').fill('精神好，按时上学。')
  await notes.getByRole('button', { name: '保存走访' }).click()
  await notes.getByText('精神好，按时上学。').waitFor({ timeout: 30_000 })
  // What was refused is still in the form, which tells what came since.
  const form = await openForm(manager, at('close'))
  await form.getByText('个案刚有新的办理').waitFor()
  await form.getByRole('button', { name: '已了解，继续填写' }).click()
  expect(await form.getByLabel('情况摘要').inputValue()).toBe('已经稳定。')
  await send(manager, form, true)
  await manager.getByText('已提请审批：结案').waitFor()
  await region(manager, '待第二人审批').getByText('提请人不能审批自己的事项').waitFor()

  await head.goto('/?whose=area')
  await rows(head).filter({ hasText: '审批' }).first().getByRole('button', { name: '去办理' }).click()
  await region(head, '待第二人审批').getByText('已经稳定。').waitFor()
  await region(head, '待第二人审批').getByRole('button', { name: '批准' }).click()
  await drawer(head).getByRole('button', { name: '提交' }).click()
  await head.getByText('已办理：批准').waitFor()
  await shoot(head, 'story-approved')
  await take(desk, at('archive'), { volume: '报告卷1', documents: ['catalogue'] }, true)
  expectNoComplaint(manager)
  expectNoComplaint(head)
})

test('by the code it reads 已处理; what is not solved comes back to the desk at once', async () => {
  await reporter.getByRole('button', { name: '刷新' }).click()
  await reporter.getByRole('heading', { name: '已处理' }).waitFor()
  await reporter.getByRole('button', { name: '没解决' }).click()
  await reporter.getByLabel('哪里没解决').fill('孩子夜里又在哭。')
  await reporter.getByRole('button', { name: '请求重新查看' }).click()
  await reporter.getByText('已收到，我们会在 24 小时内重新查看。').waitFor()
  await desk.goto('/')
  await rows(desk).filter({ hasText: '复核' }).first().waitFor({ timeout: 30_000 })
  await rows(desk).filter({ hasText: '复核' }).first().getByRole('link').first().click()
  await region(desk, '个案概况').getByText('唐小荷').waitFor()
  await shoot(desk, 'story-case')
  await expectAccessible(desk)
  expect(await reporter.locator('main').textContent(), 'no word of the police or of what was filed').not.toMatch(/公安|训诫|楼道/)
  expectNoComplaint(reporter)
  expectNoComplaint(desk)
})
