import type { Locator, Page } from 'playwright-core'

// Steps taken as a person takes them: through the forms of a case's page.

export interface Row {
  name: string
  label: { 'zh-CN': string }
  form: { name: string; type: string; if?: string; label: { 'zh-CN': string }; options?: { value: string; label: { 'zh-CN': string } }[] }[]
}

export const region = (page: Page, name: string) => page.getByRole('region', { name })
export const drawer = (page: Page) => page.getByRole('dialog')

/** The wall clock in China an hour ago, as the forms show it. */
export const past = (minutes = 60) => new Date(Date.now() - minutes * 60_000 + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')

/** Opens the form of a step from among those that may be taken on the case's page that is open. */
export async function openForm(page: Page, step: Row): Promise<Locator> {
  await region(page, '可以办理的环节').locator(`button[data-step="${step.name}"]`).click()
  await drawer(page).waitFor()
  return drawer(page)
}

/** Fills a form in by the words on the screen; what the values name by code is chosen by its word. */
export async function fill(form: Locator, step: Row, values: Record<string, string | boolean | string[]>) {
  for (const [name, value] of Object.entries(values)) {
    const field = step.form.find((f) => f.name === name)
    if (!field) throw new Error(`${step.name} has no field ${name}`)
    const label = field.label['zh-CN']
    const word = (code: string) => {
      const option = field.options?.find((o) => o.value === code)
      if (!option) throw new Error(`${step.name}.${name} has no option ${code}`)
      return option.label['zh-CN']
    }
    const group = form.getByLabel(label, { exact: true })
    switch (field.type) {
      case 'bool':
        await group.getByRole('radio', { name: value ? '是' : '否', exact: true }).check()
        break
      case 'multi':
        for (const code of value as string[]) await group.getByRole('checkbox', { name: word(code) }).check()
        break
      case 'enum':
        if ((field.options ?? []).length <= 4) {
          await group.getByRole('radio', { name: word(value as string), exact: true }).check()
          break
        }
        await choose(group, word(value as string))
        break
      case 'post':
      case 'id':
        await choose(group, value as string)
        break
      default:
        await group.fill(value as string)
        if (field.type === 'time') await group.press('Enter')
    }
  }
}

/** Chooses in a list by typing. */
async function choose(box: Locator, text: string) {
  await box.fill(text)
  await box.press('Enter')
}

/**
 * Takes a step through its form and waits until the page says that it was taken, or put before a second person. A final
 * one is asked about once more.
 */
export async function take(page: Page, step: Row, values: Record<string, string | boolean | string[]>, final = false) {
  const form = await openForm(page, step)
  await fill(form, step, values)
  await send(page, form, final)
  await page.getByText(new RegExp(`^(已办理|已提请审批)：${step.label['zh-CN']}`)).waitFor()
  await form.waitFor({ state: 'hidden' })
}

/** Presses the button of a form, and yes where it asks whether one is sure. */
export async function send(page: Page, form: Locator, final = false) {
  await form.getByRole('button', { name: /^(提交|提请审批)$/ }).click()
  if (final) await page.getByRole('dialog', { name: '确认办理' }).getByRole('button', { name: '提交' }).click()
}
