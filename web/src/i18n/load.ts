import i18next from 'i18next'
import type { ResourceLanguage } from 'i18next'
import { lazy, type ComponentType } from 'react'

import { choose, type Language } from '.'

// One file for each namespace and language, under src/locales/<language>/<namespace>.json.
const files = import.meta.glob<ResourceLanguage[string]>('../locales/*/*.json', { import: 'default' })

// The words of the engine (stages, steps, obligations, roles): one source with the API's, under flat keys.
const engine = import.meta.glob<ResourceLanguage[string]>('../../../api/locales/*.json', { import: 'default' })

/** The words that stand on every page of the console: those of its frame. */
export const everywhere = ['common', 'nav', 'notices', 'search']

const needed = new Set<string>()

async function add(language: string, namespace: string) {
  if (i18next.hasResourceBundle(language, namespace)) return
  const read = namespace === 'engine' ? engine[`../../../api/locales/${language}.json`] : files[`../locales/${language}/${namespace}.json`]
  if (!read) throw new Error(`no words ${namespace} in ${language}`)
  i18next.addResourceBundle(language, namespace, await read())
}

/** Has the words of some namespaces there in the present language, and in every other from then on. */
export async function need(...namespaces: string[]) {
  for (const namespace of namespaces) needed.add(namespace)
  await Promise.all(namespaces.map((namespace) => add(i18next.language, namespace)))
}

/** Switches the language once all words that have been needed are there; if they do not come, it stays. */
export async function switchTo(language: Language) {
  await Promise.all([...needed].map((namespace) => add(language, namespace)))
  await choose(language)
}

/** A part of the console that is loaded when it is first shown, together with the words that it needs. */
export function withWords<Props>(view: () => Promise<{ default: ComponentType<Props> }>, ...namespaces: string[]) {
  return lazy(async () => {
    const [module] = await Promise.all([view(), need(...namespaces)])
    return module
  })
}
