import type { Resource, ResourceLanguage } from 'i18next'

import { choose, type Language } from '.'

// One file for each namespace (page) and language, under src/locales/<language>/<namespace>.json.
const files = import.meta.glob<ResourceLanguage[string]>('../locales/*/*.json', { import: 'default' })

// The words of the engine (stages, steps, obligations, roles): one source with the API's, under flat keys.
const engine = import.meta.glob<ResourceLanguage[string]>('../../../api/locales/*.json', { import: 'default' })

/** Loads every namespace of a language; Chinese comes along as what is shown where English is missing. */
export async function load(...languages: Language[]): Promise<Resource> {
  const out: Resource = {}
  await Promise.all(
    Object.entries(files).map(async ([path, read]) => {
      const [language, file] = path.split('/').slice(-2) as [Language, string]
      if (!languages.includes(language)) return
      const words = await read()
      out[language] = { ...out[language], [file.replace('.json', '')]: words }
    }),
  )
  await Promise.all(
    Object.entries(engine).map(async ([path, read]) => {
      const language = path.split('/').at(-1)?.replace('.json', '') as Language
      if (!languages.includes(language)) return
      const words = await read()
      out[language] = { ...out[language], engine: words }
    }),
  )
  return out
}

/** Switches the language, loading its words first. */
export async function switchTo(language: Language, add: (language: string, namespace: string, words: object) => void) {
  const words = await load(language)
  for (const [namespace, content] of Object.entries(words[language] ?? {})) add(language, namespace, content as object)
  await choose(language)
}
