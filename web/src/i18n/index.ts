import i18next, { type i18n, type Resource } from 'i18next'
import { initReactI18next } from 'react-i18next'

export type Language = 'zh-CN' | 'en'
export const languages: Language[] = ['zh-CN', 'en']

const remembered = 'tonghu.language'

/** The language that was chosen, else Chinese: the console is Chinese first whatever the browser says. */
export function chosen(): Language {
  try {
    return localStorage.getItem(remembered) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}

export function choose(language: Language) {
  try {
    localStorage.setItem(remembered, language)
  } catch {
    // Private windows may refuse storage; the choice then lasts as long as the page.
  }
  document.documentElement.lang = language
  return i18next.changeLanguage(language)
}

/** Starts the words of an entry. The public's come with it; the console fetches those of each page. */
export function start(resources: Resource): i18n {
  const language = chosen()
  document.documentElement.lang = language
  void i18next.use(initReactI18next).init({
    resources,
    lng: language,
    fallbackLng: 'zh-CN',
    initAsync: false,
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  })
  return i18next
}
