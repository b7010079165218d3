import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../api/client'

/** Gives the word of a label that the server sent in both languages. */
export function useLabel(): (label: Schemas['Label']) => string {
  const { i18n } = useTranslation()
  return (label) => (i18n.language === 'en' ? label.en : label['zh-CN'])
}
