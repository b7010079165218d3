import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../api/client'

/** Gives the engine's word of the first key that has one ("stage.triage"), as the server would say it; else the last part of the key. */
export function useWord(): (...keys: string[]) => string {
  const { i18n } = useTranslation()
  return (...keys) => {
    for (const language of [i18n.language, 'zh-CN']) {
      for (const key of keys) {
        const word = i18n.getResource(language, 'engine', key, { keySeparator: false }) as unknown
        if (typeof word === 'string' && word) return word
      }
    }
    return keys[0]?.split('.').at(-1) ?? ''
  }
}

/** Gives the word of a label that the server sent in both languages. */
export function useLabel(): (label?: Schemas['Label']) => string {
  const { i18n } = useTranslation()
  return (label) => (label ? (i18n.language === 'en' ? label.en : label['zh-CN']) : '')
}
