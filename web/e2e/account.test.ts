import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, shoot, startBrowser, watch } from './browser'
import { passwordOf, startInstance, type Instance } from './instance'
import { totp } from './totp'

let instance: Instance
let browser: Browser

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance('anqiu', { TONGHU_SECOND_FACTOR: 'required' }), startBrowser()])
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

async function begin(context: BrowserContext, login: string, password = passwordOf(login)): Promise<Page> {
  const page = await context.newPage()
  watch(page)
  await page.goto('/')
  await give(page, login, password)
  return page
}

async function give(page: Page, login: string, password: string) {
  await page.getByLabel('登录名').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

const inside = (page: Page) => page.getByRole('button', { name: /账号菜单/ }).waitFor()

/** Binds an authenticator on the screen that asks for it and gives the recovery codes. */
async function enrol(page: Page): Promise<string[]> {
  const secret = await page.locator('code').first().innerText()
  await page.getByLabel('验证码').fill(totp(secret))
  await page.getByRole('button', { name: '完成绑定' }).click()
  const codes = page.getByRole('region', { name: '备用码' }).getByRole('listitem')
  await codes.first().waitFor()
  return codes.allInnerTexts()
}

test('a city post binds an authenticator, and gets in by a recovery code when the phone is away', async () => {
  const context = await open(browser, instance.url)
  const page = await begin(context, 'desk1')
  await page.getByRole('img', { name: '验证器二维码' }).waitFor()
  await shoot(page, 'sign-in-enrol')
  await expectAccessible(page)
  await page.getByLabel('验证码').fill('000000')
  await page.getByRole('button', { name: '完成绑定' }).click()
  await page.getByText('验证码不正确').waitFor()
  const codes = await enrol(page)
  expect(codes).toHaveLength(10)
  await shoot(page, 'sign-in-recovery-codes')
  await expectAccessible(page)
  expect(await page.getByRole('button', { name: '继续' }).isDisabled()).toBe(true)
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: '继续' }).click()
  await inside(page)

  await page.getByRole('button', { name: /账号菜单/ }).click()
  await page.getByRole('menuitem', { name: '退出登录' }).locator('visible=true').click()
  await give(page, 'desk1', passwordOf('desk1'))
  await page.getByLabel('验证码').waitFor()
  await shoot(page, 'sign-in-second-factor')
  await expectAccessible(page)
  await page.getByLabel('验证码').fill('123456')
  await page.getByRole('button', { name: '确认' }).click()
  await page.getByRole('alert').getByText('验证码不正确').waitFor()
  await page.getByRole('button', { name: /用备用码/ }).click()
  await page.getByLabel('备用码').fill(codes[0]!)
  await page.getByRole('button', { name: '确认' }).click()
  await inside(page)
  await page.goto('/account')
  await page.getByText('还剩 9 个备用码').waitFor()
  expect(await page.getByRole('button', { name: '解除绑定' }).count()).toBe(0) // a desk must have one
  await shoot(page, 'account')
  await expectAccessible(page)
  expectNoComplaint(page)
  await context.close()
})

test('a temporary password is changed before anything else', async () => {
  const office = await open(browser, instance.url)
  const admin = await begin(office, 'sysadmin')
  await enrol(admin)
  await admin.getByRole('checkbox').check()
  await admin.getByRole('button', { name: '继续' }).click()
  await inside(admin)
  const { items } = (await (await office.request.get('/api/v1/people?limit=100')).json()) as { items: { person: string; login: string }[] }
  const id = items.find((p) => p.login === 'village2')!.person
  const answer = await office.request.post(`/api/v1/people/${id}/password-reset`)
  expect(answer.status(), await answer.text()).toBe(200)
  const reset = (await answer.json()) as { password: string }
  await office.close()

  const context = await open(browser, instance.url)
  const page = await begin(context, 'village2', reset.password)
  await page.getByRole('heading', { name: '请设置新密码' }).waitFor()
  await shoot(page, 'sign-in-new-password')
  await expectAccessible(page)
  const change = async (password: string) => {
    await page.getByLabel('新密码', { exact: true }).fill(password)
    await page.getByLabel('再输入一次新密码').fill(password)
    await page.getByRole('button', { name: '修改密码' }).click()
  }
  await change('Password-2026-!')
  await page.getByText('太常见').waitFor()
  await change('yi tiao da yu 77')
  await inside(page)
  await context.close()
})

test('a session that ended is taken up again in place, with everything that was typed', async () => {
  const context = await open(browser, instance.url)
  const page = await begin(context, 'village')
  await inside(page)
  await page.goto('/account')
  const fields: [string, string][] = [['现在的密码', passwordOf('village')], ['新密码', 'san ge xiao ren 88'], ['再输入一次新密码', 'san ge xiao ren 88']]
  for (const [label, value] of fields) await page.getByLabel(label, { exact: true }).fill(value)

  const other = await open(browser, instance.url)
  const elsewhere = await begin(other, 'village')
  await inside(elsewhere)
  await elsewhere.goto('/account')
  await elsewhere.getByRole('button', { name: '下线其他所有登录' }).click()
  await elsewhere.getByRole('tooltip').getByRole('button', { name: '下线其他所有登录' }).click()
  await elsewhere.getByText('只在本机登录。').waitFor()
  await other.close()

  await page.getByRole('button', { name: '修改密码' }).click()
  const again = page.getByRole('dialog', { name: '请重新登录' })
  await again.waitFor()
  await shoot(page, 'sign-in-again')
  await expectAccessible(page)
  await again.getByLabel('密码', { exact: true }).fill(passwordOf('village'))
  await again.getByRole('button', { name: '登录', exact: true }).click()
  await again.waitFor({ state: 'hidden' })
  for (const [label, value] of fields) expect(await page.getByLabel(label, { exact: true }).inputValue()).toBe(value)
  await page.getByRole('button', { name: '修改密码' }).click()
  await page.getByText('密码已修改').waitFor()
  expectNoComplaint(page)
  await context.close()
})

test('leave that was entered stands there after a reload, and can be ended', async () => {
  const context = await open(browser, instance.url, { reducedMotion: 'reduce' })
  const page = await begin(context, 'town')
  await inside(page)
  const from = new Date(Date.now() + 86_400_000)
  const entered = await context.request.post('/api/v1/leave', { data: { from: from.toISOString(), until: new Date(from.getTime() + 3 * 86_400_000).toISOString() } })
  expect(entered.status()).toBe(201)
  await page.goto('/account')
  const end = page.getByRole('button', { name: '销假' })
  await end.waitFor()
  await page.reload()
  await end.click()
  await end.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('button', { name: '提交请假' }).waitFor()
  expect(await end.count()).toBe(0)
  expectNoComplaint(page)
  await context.close()
})

test('what is typed stays while who is signed in cannot be asked anew', async () => {
  const context = await open(browser, instance.url)
  const page = await begin(context, 'town')
  await inside(page)
  await page.clock.install()
  await page.goto('/account')
  const typed = page.getByLabel('新密码', { exact: true })
  await typed.fill('yi tiao da yu 77')
  let failed = 0
  page.on('requestfailed', (r) => { if (r.url().endsWith('/api/v1/me')) failed++ })
  await context.route('**/api/v1/me', (route) => route.abort())
  await page.clock.fastForward(61_000) // what is known is old by now
  await page.evaluate(() => ['offline', 'online'].forEach((name) => window.dispatchEvent(new Event(name))))
  await expect.poll(() => failed, { timeout: 30_000 }).toBe(3) // it is asked again twice
  await page.evaluate(() => new Promise((drawn) => { setTimeout(drawn, 100) }))
  expect(await typed.inputValue()).toBe('yi tiao da yu 77')
  await context.close()
})

test('too many wrong passwords say how long to wait', async () => {
  const context = await open(browser, instance.url)
  const page = await begin(context, 'village2', 'wrong')
  for (let tries = 1, status = 0; tries < 15 && status !== 429; tries++) {
    const answer = page.waitForResponse((r) => r.url().endsWith('/api/v1/session') && r.request().method() === 'POST')
    await page.getByLabel('密码', { exact: true }).press('Enter')
    status = (await answer).status()
  }
  await page.getByText(/秒后再试/).waitFor()
  expect(await page.locator('button[type=submit]').isDisabled()).toBe(true)
  await shoot(page, 'sign-in-throttled')
  await expectAccessible(page)
  await context.close()
})
