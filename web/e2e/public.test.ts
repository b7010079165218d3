import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, phone, shoot, startBrowser, watch } from './browser'
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

/** A cheap phone in the hand of somebody without an account. */
async function onPhone(path: string): Promise<[BrowserContext, Page]> {
  const context = await open(browser, instance.url, { viewport: phone, hasTouch: true, isMobile: true })
  const page = await context.newPage()
  watch(page)
  await page.goto(path)
  return [context, page]
}

const next = (page: Page) => page.getByRole('button', { name: '下一步' }).click()
const step = (page: Page, name: string) => page.getByRole('heading', { level: 2, name }).waitFor()

/** Fills in as little as one may, up to the last step. */
async function fillBriefly(page: Page, text: string) {
  await page.getByLabel('不确定').check()
  await next(page)
  await page.getByLabel('身上多处有伤').check()
  await page.getByLabel('看到、听到了什么').fill(text)
  for (const name of ['在哪里、什么时候？', '是哪个孩子？', '怎样联系您？', '看一遍，再提交']) {
    await next(page)
    await step(page, name)
  }
}

/** The 查询码 that is shown once a report is there. */
async function codeOf(page: Page): Promise<string> {
  await page.getByRole('heading', { name: /已收到|收到了/ }).waitFor()
  return (await page.getByRole('region', { name: '查询码' }).locator('code').textContent()) ?? ''
}

/** The keys under which reports are sent. */
function keysOf(page: Page): string[] {
  const keys: string[] = []
  page.on('request', (r) => {
    if (r.method() === 'POST' && r.url().endsWith('/api/v1/reports')) keys.push(r.headers()['idempotency-key'] ?? '')
  })
  return keys
}

interface Answer {
  status: number
  body: { progress: string; messages: { text: string; from: string }[]; receipt: string; number: string }
}

/** Asks the API as the page does. */
function post(path: string, body: object, key?: string): Promise<Answer> {
  return fetch(instance.url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...(key ? { 'Idempotency-Key': key } : {}) } }).then(async (r) => ({ status: r.status, body: await r.json() }))
}

const stored = (page: Page) => page.evaluate(async () => (await indexedDB.databases()).map((d) => d.name))

test('somebody reports a child in full, reads the code and follows up', async () => {
  const [context, page] = await onPhone('/report')
  await page.getByRole('heading', { name: '想反映孩子的情况' }).waitFor()
  expect(await page.title()).toBe('服务')
  await shoot(page, 'report-1-danger')

  await next(page) // nothing chosen yet: told at the question
  await page.getByText('请选一项').waitFor()
  await page.getByLabel('有危险', { exact: true }).check()
  expect(await page.getByText('请选一项').count(), 'what was mended is not told any more').toBe(0)
  expect(await page.getByRole('link', { name: '立即拨打 110' }).getAttribute('href')).toBe('tel:110')
  await page.getByLabel('打过了').check()
  await page.getByLabel('接警单号').fill('110-0427')
  await shoot(page, 'report-1-call')
  await expectAccessible(page)
  await next(page)

  await step(page, '发生了什么？')
  await page.getByLabel('隐私部位有伤').check()
  await page.getByText('请不要拍摄隐私部位，不要反复追问').waitFor()
  await page.getByLabel('身上多处有伤').check()
  await page.getByLabel('看到、听到了什么').fill('孩子手臂有多处淤青，自述在家被打，不敢回家。')
  await page.getByLabel('可能伤害孩子的人是孩子的什么人').selectOption('guardian')
  await page.getByText('担心某个单位的人牵涉在内？').click()
  await page.getByRole('checkbox', { name: '村（社区）' }).check()
  await shoot(page, 'report-2-what')
  await expectAccessible(page)
  await next(page)

  await step(page, '在哪里、什么时候？')
  await page.getByLabel('哪个镇街').selectOption({ label: '青石镇' })
  await page.getByLabel('哪个村（社区）').selectOption({ index: 1 })
  await page.getByLabel('具体地方').fill('学校医务室')
  await page.getByLabel('什么时候发现的').fill('2099-01-01T08:00')
  await shoot(page, 'report-3-where')
  await next(page)

  await step(page, '是哪个孩子？')
  await page.getByLabel('孩子的姓名或小名').fill('王小明')
  await page.getByRole('group', { name: '性别' }).getByLabel('不清楚').waitFor()
  await page.getByLabel('女孩').check()
  await page.getByLabel('大概几岁').fill('11')
  await page.getByRole('group', { name: '怎样联系孩子才安全' }).getByLabel('通过学校').check()
  // A number that cannot be right is told at once, and holds nothing up.
  await page.getByText('还知道孩子或家人的更多信息').click()
  await page.getByLabel('孩子的身份证号').fill('379999201506010061')
  await page.getByText('可能输错了一位').waitFor()
  await shoot(page, 'report-4-child')
  await page.getByLabel('孩子的身份证号').fill('379999201506010016')
  await page.getByText('可能输错了一位').waitFor({ state: 'detached' })
  await page.getByLabel('孩子的身份证号').fill('37999920150601001')
  await page.getByText('身份证号有 18 位，现在是 17 位').waitFor()
  await next(page)

  await step(page, '怎样联系您？')
  await page.getByLabel('留下姓名', { exact: true }).check()
  await page.getByLabel('您的姓名').fill('苏文静')
  await page.getByLabel('您的电话').fill('13900000001')
  await page.getByLabel('是在工作中发现的吗？').selectOption({ label: '学校、幼儿园' })
  await page.getByLabel('以个人名义，不告知单位').check()
  await page.getByRole('group', { name: '怎样联系您才安全' }).getByLabel('只发短信').check()
  await page.getByLabel('什么时候方便').fill('晚上不要打')
  await shoot(page, 'report-5-reporter')
  await expectAccessible(page)
  await next(page)

  await step(page, '看一遍，再提交')
  await page.getByText('请不要拍孩子的身体').waitFor()
  await page.locator('input[type=file]').setInputFiles({ name: 'place.png', mimeType: 'image/png', buffer: await picture(page) })
  await page.getByText('待上传').waitFor()
  await shoot(page, 'report-6-check')
  await expectAccessible(page)
  await page.getByRole('button', { name: '提交' }).click()

  // The server refuses the time; it is told where it was typed, and nothing is lost.
  await step(page, '在哪里、什么时候？')
  await page.getByLabel('什么时候发现的').and(page.locator('[aria-invalid=true]')).waitFor()
  expect(await page.getByLabel('具体地方').inputValue()).toBe('学校医务室')
  await shoot(page, 'report-refused')
  await page.getByLabel('什么时候发现的').fill('2026-01-01T08:00')
  for (let i = 0; i < 3; i++) await next(page)
  await page.getByRole('button', { name: '提交' }).click()

  const code = await codeOf(page)
  expect(code).toMatch(/^([0-9A-Z]{3}-){8}[0-9A-Z]{3}$/)
  await page.getByText('已上传 1 张，共 1 张').waitFor()
  await page.getByText('尽量先不洗澡').first().waitFor()
  await page.getByLabel('我已记下查询码').check()
  await shoot(page, 'report-done')
  await expectAccessible(page)
  expect(await stored(page)).toEqual([])
  expect(page.url()).not.toContain(code.slice(0, 7))

  await page.getByRole('button', { name: '查看进展' }).click()
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByRole('heading', { name: '已收到' }).waitFor()
  expect(page.url()).toBe(`${instance.url}/receipt`)
  expectNoComplaint(page)
  await context.close()
})

/** A picture of some place, drawn by the browser itself. */
async function picture(page: Page): Promise<Buffer> {
  const data = await page.evaluate(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 640
    canvas.height = 480
    const pen = canvas.getContext('2d')!
    pen.fillStyle = '#88aa99'
    pen.fillRect(0, 0, 640, 480)
    pen.fillStyle = '#445566'
    pen.fillRect(200, 180, 240, 300)
    return canvas.toDataURL('image/png').split(',')[1] ?? ''
  })
  return Buffer.from(data, 'base64')
}

test('by the code one reads and writes, adds a photo, and says that it is not solved', async () => {
  const filed = await post('/api/v1/reports', { danger: 'no', situations: ['MR06'], narrative: { text: '长期无人照料' } }, crypto.randomUUID())
  const [context, page] = await onPhone('/receipt')
  await shoot(page, 'receipt-code')
  await page.getByLabel('查询码').fill('000-000')
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByText('查询码不正确').waitFor()
  await page.getByLabel('查询码').fill(filed.body.receipt.toLowerCase().replaceAll('-', ' '))
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByRole('heading', { name: '已收到' }).waitFor()
  await page.getByText(filed.body.number).waitFor()

  await page.getByLabel('补充情况或留言').fill('今天又看到他一个人在家')
  await page.getByRole('button', { name: '发送留言' }).click()
  await page.getByRole('listitem').filter({ hasText: '今天又看到他一个人在家' }).waitFor()
  await page.locator('input[type=file]').setInputFiles({ name: 'place.png', mimeType: 'image/png', buffer: await picture(page) })
  await page.getByRole('button', { name: '上传照片' }).click()
  await page.getByText('已上传 1 张，共 1 张').waitFor()
  // One that is added later waits for the same press.
  await page.locator('input[type=file]').setInputFiles({ name: 'more.png', mimeType: 'image/png', buffer: await picture(page) })
  await page.getByText('待上传', { exact: true }).waitFor()
  await page.getByText('已上传 1 张，共 2 张').waitFor()
  await page.getByRole('button', { name: '上传照片' }).click()
  await page.getByText('已上传 2 张，共 2 张').waitFor()

  await page.getByRole('button', { name: '没解决' }).click()
  await page.getByLabel('哪里没解决').fill('还是没人管')
  await page.getByRole('button', { name: '请求重新查看' }).click()
  await page.getByText('已收到，我们会在 24 小时内重新查看。').waitFor()
  await page.getByRole('listitem').filter({ hasText: '还是没人管' }).waitFor()
  await shoot(page, 'receipt-shown')
  await expectAccessible(page)
  const seen = await post('/api/v1/receipts/lookup', { code: filed.body.receipt })
  expect(seen.body.messages.map((m) => m.text)).toEqual(['今天又看到他一个人在家', '还是没人管'])

  await page.getByRole('button', { name: '看完了，清除本页内容' }).click()
  await page.getByLabel('查询码').waitFor()
  expect(await page.getByLabel('查询码').inputValue()).toBe('')
  expect(await page.content()).not.toContain('还是没人管')
  expectNoComplaint(page)
  await context.close()
})

/** Whether the browser would ask before it leaves the page. */
const asks = (page: Page) => page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })))

test('what is typed on the code page is not lost unasked, and a busy or broken service is told as such', async () => {
  const filed = await post('/api/v1/reports', { danger: 'no', situations: ['MR06'] }, crypto.randomUUID())
  const [context, page] = await onPhone('/receipt')
  await context.route('https://www.weather.com.cn/', (route) => route.fulfill({ contentType: 'text/html', body: '<title>w</title>' }))
  const answer = (path: string, status: number, after?: string) =>
    page.route(path, (route) => route.fulfill({ status, headers: after ? { 'Retry-After': after } : {}, contentType: 'application/problem+json', json: { code: status === 429 ? 'too_many_requests' : 'internal_error', title: 'x', status } }), { times: 1 })
  await page.getByLabel('查询码').fill(filed.body.receipt)
  await answer('**/receipts/lookup', 429, '120')
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByText('请 2 分钟后再试').waitFor()
  await answer('**/receipts/lookup', 500)
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByText('我们这边出了问题，请过一会儿再试').waitFor()
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByRole('heading', { name: '已收到' }).waitFor()
  expect(await asks(page)).toBe(false)

  await page.getByLabel('补充情况或留言').fill('今天又看到他')
  expect(await asks(page)).toBe(true)
  await answer('**/receipts/messages', 429, '60')
  await page.getByRole('button', { name: '发送留言' }).click()
  await page.getByText('服务繁忙，还没有发出。60 秒后自动再发，只发一次；写的内容没有丢').waitFor()
  await shoot(page, 'receipt-busy')
  expect(await page.getByText('网络').count()).toBe(0)
  expect(await page.getByLabel('补充情况或留言').inputValue()).toBe('今天又看到他')
  await page.evaluate(() => window.dispatchEvent(new Event('online'))) // tries what waits at once
  await page.getByRole('listitem').filter({ hasText: '今天又看到他' }).waitFor()
  expect(await asks(page)).toBe(false)

  await page.getByRole('button', { name: '没解决' }).click()
  await page.getByLabel('哪里没解决').fill('还是没人管')
  expect(await asks(page)).toBe(true)
  // Whoever has to be gone is not asked.
  await page.getByRole('button', { name: '快速离开' }).click()
  await page.waitForURL('https://www.weather.com.cn/')
  await context.close()
})

test('an answer that comes after the page was cleared is not shown', async () => {
  const filed = await post('/api/v1/reports', { danger: 'no', situations: ['MR06'] }, crypto.randomUUID())
  const [context, page] = await onPhone('/receipt')
  await page.getByLabel('查询码').fill(filed.body.receipt)
  await page.getByRole('button', { name: '查看', exact: true }).click()
  await page.getByRole('heading', { name: '已收到' }).waitFor()
  let answer = () => {}
  const late = new Promise<void>((resolve) => { answer = resolve })
  await page.route('**/receipts/lookup', async (route) => { await late; await route.continue() })
  await page.getByRole('button', { name: '刷新' }).click()
  await page.getByRole('button', { name: '看完了，清除本页内容' }).click()
  const came = page.waitForResponse('**/receipts/lookup')
  answer()
  await (await came).finished()
  await page.getByLabel('查询码').fill('1') // drawn after the answer was there
  expect(await page.content()).not.toContain(filed.body.number)
  await context.close()
})

test('a child is told when a fault is ours', async () => {
  const [context, page] = await onPhone('/help')
  await page.getByLabel('我说不准').check()
  for (let i = 0; i < 3; i++) await page.getByRole('button', { name: '下一个' }).click()
  await page.route('**/api/v1/reports', (route) => route.fulfill({ status: 502, body: '' }), { times: 1 })
  await page.getByRole('button', { name: '发出去' }).click()
  await page.getByText('我们这边出了问题，不是你的错，还没发出去').waitFor()
  await page.getByRole('button', { name: '再试一次' }).click()
  await codeOf(page)
  await context.close()
})

test('who has not called the police may say why', async () => {
  const [context, page] = await onPhone('/report')
  await page.getByLabel('不确定').check()
  await page.getByRole('group', { name: '打过 110 了吗？' }).getByLabel('还没有').check()
  await page.getByLabel('为什么还没有报警').fill('班主任正在报警')
  await shoot(page, 'report-police')
  await next(page)
  await page.getByLabel('身上多处有伤').check()
  for (let i = 0; i < 4; i++) await next(page)
  await step(page, '看一遍，再提交')
  await page.getByText('班主任正在报警').waitFor()
  const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/api/v1/reports'))
  await page.getByRole('button', { name: '提交' }).click()
  expect(((await sent).postDataJSON() as { police: object }).police).toEqual({ reason: '班主任正在报警' })
  await codeOf(page)
  await context.close()
})

test('a child asks for help with four questions at most', async () => {
  const [context, page] = await onPhone('/help')
  const lines = page.locator('main').getByRole('link')
  expect(await lines.evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual(['tel:110', 'tel:12355'])
  await shoot(page, 'help')
  await page.getByLabel('有危险，我害怕').check()
  await page.getByText('打不了电话，就去找身边信得过的大人').waitFor()
  await page.getByRole('button', { name: '下一个' }).click()
  await page.getByLabel('想说什么就说什么').fill('我不敢回家')
  await page.getByRole('button', { name: '下一个' }).click()
  await page.getByRole('button', { name: '下一个' }).click() // where it is may stay empty
  await page.getByText('第 4 个问题，共 4 个').waitFor()
  await page.getByLabel('请老师转告').check()
  await page.getByLabel('哪个学校').fill('三小四年级')
  await shoot(page, 'help-last')
  await expectAccessible(page)
  await page.getByRole('button', { name: '发出去' }).click()
  const code = await codeOf(page)
  await page.getByText('可以打12355').waitFor()
  await shoot(page, 'help-done')
  await expectAccessible(page)
  expect((await post('/api/v1/receipts/lookup', { code })).body.progress).toBe('received')
  expectNoComplaint(page)
  await context.close()
})

test('without a network a report stays in the open tab and is sent once', async () => {
  const [context, page] = await onPhone('/report')
  const keys = keysOf(page)
  await fillBriefly(page, '网络断开时填的')
  await context.setOffline(true)
  await page.getByText('网络已断开').waitFor()
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByText('内容只在这个页面里').waitFor()
  await page.getByRole('button', { name: '现在再试' }).click()
  await page.getByRole('button', { name: '现在再试' }).waitFor()
  await shoot(page, 'report-offline')
  await expectAccessible(page)
  expect(await stored(page)).toEqual([])
  await context.setOffline(false)
  const code = await codeOf(page)
  expect((await post('/api/v1/receipts/lookup', { code })).status).toBe(200)
  expect(new Set(keys).size, 'every try is the same report').toBe(1)
  await context.close()
})

test('an answer that is lost on the way does not file the report twice', async () => {
  const [context, page] = await onPhone('/report')
  const numbers: string[] = []
  let lose = true
  await page.route('**/api/v1/reports', async (route) => {
    const answer = await route.fetch()
    numbers.push(((await answer.json()) as { number: string }).number)
    if (lose) await route.abort('connectionreset')
    else await route.fulfill({ response: answer })
    lose = false
  })
  await fillBriefly(page, '回答丢失')
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByRole('button', { name: '现在再试' }).click()
  await codeOf(page)
  expect(numbers).toHaveLength(2)
  expect(new Set(numbers).size, 'both tries are one report').toBe(1)
  await context.close()
})

test('without a draft on the device a report is gone with its tab', async () => {
  const [context, page] = await onPhone('/report')
  await fillBriefly(page, '关掉就没有了')
  await context.setOffline(true)
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByText('内容只在这个页面里').waitFor()
  await page.close()
  await context.setOffline(false)
  const again = await context.newPage()
  const keys = keysOf(again)
  await again.goto('/report')
  await again.getByLabel('不确定').waitFor()
  expect(await stored(again)).toEqual([])
  expect(await again.getByRole('alert').count()).toBe(0)
  expect(keys).toEqual([])
  await context.close()
})

test('with the draft allowed on the device a report outlives its tab and is sent once', async () => {
  const [context, page] = await onPhone('/report')
  const keys = keysOf(page)
  await page.getByLabel('保存在本机').check()
  await fillBriefly(page, '可以保存在本机')
  await context.setOffline(true)
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByText('内容已保存在本机').waitFor()
  await shoot(page, 'report-offline-kept')
  expect(await stored(page)).toEqual(['page'])
  await page.close()
  await context.setOffline(false)

  const again = await context.newPage()
  const later = keysOf(again)
  await again.goto('/report')
  const code = await codeOf(again)
  expect(new Set([...keys, ...later]).size, 'the same report under the same key').toBe(1)
  expect((await post('/api/v1/receipts/lookup', { code })).status).toBe(200)
  await expect.poll(() => stored(again)).toEqual([])
  await again.getByLabel('我已记下查询码').check()
  await again.reload()
  await again.getByLabel('不确定').waitFor()
  expect(later, 'it is not sent a second time').toHaveLength(1)
  await context.close()
})

test('a draft that was refused is kept as it was corrected, and is not sent by itself', async () => {
  const [context, page] = await onPhone('/report')
  await page.getByLabel('保存在本机').check()
  await fillBriefly(page, '第一次写的')
  await page.getByRole('button', { name: '修改：在哪里、什么时候？' }).click()
  await page.getByLabel('什么时候发现的').fill('2099-01-01T08:00')
  for (let i = 0; i < 3; i++) await next(page)
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByLabel('什么时候发现的').and(page.locator('[aria-invalid=true]')).waitFor()
  await page.getByLabel('什么时候发现的').fill('2026-01-01T08:00')
  await page.getByRole('button', { name: '上一步' }).click()
  await page.getByLabel('看到、听到了什么').fill('改过的')
  await expect.poll(() => kept(page)).toBe('改过的')
  await page.close()

  const again = await context.newPage()
  const keys = keysOf(again)
  await again.goto('/report')
  await again.getByRole('button', { name: '继续填写' }).click()
  expect(await again.getByLabel('看到、听到了什么').inputValue()).toBe('改过的')
  await next(again)
  expect(await again.getByLabel('什么时候发现的').inputValue()).toBe('2026-01-01T08:00')
  expect(keys).toEqual([])
  await context.close()
})

test('what was sent and not answered goes again as it was, also when it is opened later', async () => {
  const [context, page] = await onPhone('/report')
  const sent: [key: string, body: string][] = []
  const numbers: string[] = []
  let lose = true
  await context.route('**/api/v1/reports', async (route) => {
    const answer = await route.fetch()
    sent.push([route.request().headers()['idempotency-key'] ?? '', route.request().postData() ?? ''])
    numbers.push(((await answer.json()) as { number: string }).number)
    if (lose) await route.abort('connectionreset')
    else await route.fulfill({ response: answer })
  })
  await page.getByLabel('保存在本机').check()
  await page.getByLabel('不确定').check()
  await page.getByRole('group', { name: '打过 110 了吗？' }).getByLabel('打过了').check() // when is left open: it is now
  await fillBriefly(page, '回答丢失，之后再打开')
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByText('内容已保存在本机').waitFor()
  await page.close()

  lose = false
  const again = await context.newPage()
  await again.clock.setFixedTime(Date.now() + 3 * 60_000)
  await again.goto('/report')
  await codeOf(again)
  expect(sent.length).toBeGreaterThan(1)
  expect(new Set(sent.map(String)).size, 'the same body under the same key').toBe(1)
  expect(new Set(numbers).size, 'one report').toBe(1)
  await context.close()
})

test('a report that is thrown away takes its photos with it', async () => {
  const [context, page] = await onPhone('/report')
  await fillBriefly(page, '不发了')
  await page.locator('input[type=file]').setInputFiles({ name: 'place.png', mimeType: 'image/png', buffer: await picture(page) })
  await page.getByText('待上传').waitFor()
  await context.setOffline(true)
  await page.getByRole('button', { name: '提交' }).click()
  await page.getByRole('button', { name: '不提交了，清除内容' }).click()
  await page.getByRole('button', { name: '确定清除？再点一次' }).click()
  await context.setOffline(false)
  await fillBriefly(page, '另一个孩子')
  expect(await page.getByText('待上传').count()).toBe(0)
  await page.getByRole('button', { name: '提交' }).click()
  await codeOf(page)
  expect(await page.getByText(/已上传/).count()).toBe(0)
  await context.close()
})

test('a draft is kept only as long as its writer likes', async () => {
  const [context, page] = await onPhone('/report')
  expect(await stored(page)).toEqual([])
  await page.getByLabel('不确定').check()
  await page.getByLabel('保存在本机').check()
  await next(page)
  await page.getByLabel('身上多处有伤').check()
  await page.getByLabel('看到、听到了什么').fill('没填完')
  await expect.poll(() => kept(page)).toBe('没填完')
  await page.reload()
  await page.getByText('这台设备上保存着一份没有填完的内容').waitFor()
  await shoot(page, 'report-draft')
  await expectAccessible(page)
  await page.getByRole('button', { name: '继续填写' }).click()
  expect(await page.getByLabel('看到、听到了什么').inputValue()).toBe('没填完')
  await page.getByLabel('保存在本机').uncheck()
  await expect.poll(() => stored(page)).toEqual([])
  await context.close()
})

/** What the draft on the device says of what happened. */
function kept(page: Page): Promise<string | undefined> {
  return page.evaluate(
    () =>
      new Promise<string | undefined>((resolve, reject) => {
        const opening = indexedDB.open('page')
        opening.addEventListener('upgradeneeded', () => opening.transaction?.abort()) // there is none
        opening.addEventListener('error', () => resolve(undefined))
        opening.addEventListener('success', () => {
          const row = opening.result.transaction('rows').objectStore('rows').get(1)
          row.addEventListener('success', () => {
            opening.result.close()
            resolve((row.result as { values: { text: string } } | undefined)?.values.text)
          })
          row.addEventListener('error', () => reject(new Error('unreadable')))
        })
      }),
  )
}

test('the quick exit leaves at once and erases', async () => {
  const [context, page] = await onPhone('/report')
  await context.route('https://www.weather.com.cn/', (route) => route.fulfill({ contentType: 'text/html', body: '<title>w</title>' }))
  await page.getByLabel('不确定').check()
  await page.getByLabel('保存在本机').check()
  await expect.poll(() => stored(page)).toEqual(['page'])
  await page.getByRole('button', { name: '快速离开' }).click()
  await page.waitForURL('https://www.weather.com.cn/')
  await page.goto('/report')
  await page.getByLabel('不确定').waitFor()
  expect(await stored(page)).toEqual([])
  // Once leaves nothing, however early; hastily and more often than needed leaves.
  const first = await page.evaluate(() => {
    const early = new KeyboardEvent('keydown', { key: 'Escape' })
    Object.defineProperty(early, 'timeStamp', { value: 20 })
    window.dispatchEvent(early)
    return document.documentElement.childElementCount
  })
  expect(first).toBeGreaterThan(0)
  for (let n = 0; n < 4; n++) await page.keyboard.press('Escape')
  await page.waitForURL('https://www.weather.com.cn/')
  await context.close()
})

test('English, dark and the keyboard alone are enough to file', async () => {
  const context = await open(browser, instance.url, { colorScheme: 'dark' })
  const page = await context.newPage()
  watch(page)
  await page.goto('/report')
  await page.getByRole('button', { name: 'English' }).press('Enter')
  await page.getByRole('heading', { name: 'Tell us about a child' }).waitFor()
  expect(await page.title()).toBe('Service')
  await page.getByLabel('Not sure').focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'What happened?' }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Where and when?' }).waitFor()
  for (const name of ['Which child?', 'How do we reach you?', 'Read it once more, then send']) {
    await page.getByRole('button', { name: 'Next' }).press('Enter')
    await page.getByRole('heading', { name }).waitFor()
  }
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Send', exact: true }).press('Enter')
  await page.getByRole('heading', { name: 'We have it. Thank you' }).waitFor()
  expectNoComplaint(page)
  await context.close()
})
