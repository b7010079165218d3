import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectNoComplaint, open, screens, shoot, signIn, startBrowser } from './browser'
import { startInstance, type Instance } from './instance'

let instance: Instance
let browser: Browser

beforeAll(async () => {
  ;[instance, browser] = await Promise.all([startInstance('drill'), startBrowser()])
  const context = await open(browser, instance.url)
  const desk = await signIn(context, 'desk1')
  // Under drill each of these is late in seconds, so that ladders climb while the page is looked at.
  const filed = await desk.evaluate(async () => {
    const send = (path: string, body: unknown) =>
      fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(body) })
    const status: number[] = []
    for (const org of ['379999101203', '379999101204', '379999102201', '379999101203', '379999103201', '379999101203']) {
      // oxlint-disable-next-line no-await-in-loop
      const answer = await send('/api/v1/reports', {
        org, situations: ['MR04'], danger: 'yes', relation: 'guardian',
        child: { name: '王小明', id_number: '379999201506010016', age: 11 },
        reporter: { name: '苏文静', phone: '13900000001', contact: 'phone' },
        narrative: { text: '孩子手臂有淤青。', place: '学校' },
      })
      status.push(answer.status)
    }
    return status
  })
  expect(filed.filter((s) => s === 201)).toHaveLength(6)
  await context.close()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await instance?.stop()
})

/** Opens the list behind a number and counts it; new promises may break between the two, so both are read until they agree. */
async function expectListed(page: Page, link: string | RegExp, list: string) {
  await expect
    .poll(
      async () => {
        await page.goto('/supervision')
        const number = page.getByRole('link', { name: link }).first()
        const shown = Number(await number.innerText())
        await number.click()
        await page.getByRole('list', { name: list }).waitFor()
        const items = page.getByRole('list', { name: list }).getByRole('listitem')
        await items.first().waitFor()
        const size = Number(await items.first().getAttribute('aria-setsize'))
        return shown > 0 && shown === (size > 0 ? size : await items.count())
      },
      { timeout: 90_000 },
    )
    .toBe(true)
}

test('the head opens the list behind a number and takes it out', async () => {
  const context = await open(browser, instance.url, { acceptDownloads: true })
  const page = await signIn(context, 'head')
  await page.getByRole('link', { name: '督办看板' }).click()
  await page.getByRole('heading', { name: '当前待办' }).waitFor()
  await expectListed(page, /^柳溪镇 全部待办 \d/, '我的待办')
  await expectListed(page, /^红色 \d/, '个案')
  await page.goto('/supervision')
  await page.getByText('按部门', { exact: true }).waitFor()
  await page.getByRole('button', { name: '导出' }).first().click()
  await page.getByLabel('导出理由').fill('十一月督办例会材料')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').getByRole('button', { name: '导出' }).click()])
  const path = join(mkdtempSync(join(tmpdir(), 'tonghu-export-')), download.suggestedFilename())
  await download.saveAs(path)
  const words = execFileSync('unzip', ['-p', path], { encoding: 'utf8', maxBuffer: 1 << 26 })
  for (const text of ['高建国', '十一月督办例会材料', '当前待办', '按镇街']) expect(words).toContain(text)
  expect(words).not.toContain('王小明')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.locator('canvas').first().waitFor()
  await page.getByRole('columnheader', { name: '现行时限' }).waitFor()
  await page.getByRole('row', { name: /^研判/ }).getByText(/^红色 ?20 秒$/).waitFor()
  await shoot(page, 'supervision')
  await expectAccessible(page)
  // A chart that leaves rows out says so.
  await page.route('**/api/v1/supervision?*', async (route) => {
    const answer = await route.fetch()
    const of = (await answer.json()) as { posts: object[] }
    of.posts = Array.from({ length: 18 }, (_, i) => ({ post: `city:379999000000/manager#${i + 1}`, open: 2, today: 0, at_risk: 0, overdue: 1, stopped: 0 }))
    await route.fulfill({ response: answer, json: of })
  })
  await page.reload()
  await page.getByText('按岗位', { exact: true }).click()
  await page.getByText('前 15 行（共 18 行有已超期或临近超期），其余见下表').waitFor()
  await page.unroute('**/api/v1/supervision?*')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: join(screens, 'supervision-dark.png'), fullPage: true })
  expectNoComplaint(page)
  await context.close()
}, 300_000)

test('a town counts its own cases, and the coordination body no small number', async () => {
  const town = await open(browser, instance.url)
  const page = await signIn(town, 'town')
  await expectListed(page, /^办理中个案 \d/, '个案')
  await page.goto('/supervision')
  await page.getByRole('heading', { name: '当前待办' }).waitFor()
  await expect.poll(() => page.getByRole('rowheader', { name: '青石镇' }).count()).toBe(1) // its name comes with the directory
  expectNoComplaint(page)
  await town.close()

  const body = await open(browser, instance.url)
  const leader = await signIn(body, 'body')
  await leader.goto('/supervision')
  await leader.getByText('全市汇总', { exact: false }).waitFor()
  await leader.getByText('不显示', { exact: true }).first().waitFor()
  expect(await leader.getByRole('radio', { name: '本周' }).count()).toBe(0)
  await shoot(leader, 'supervision-body')
  await expectAccessible(leader)
  expectNoComplaint(leader)
  await body.close()
}, 300_000)
