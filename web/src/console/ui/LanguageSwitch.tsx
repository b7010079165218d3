import { GlobalOutlined } from '@ant-design/icons'
import { App, Button } from 'antd'
import { useTranslation } from 'react-i18next'

import { languages, type Language } from '../../i18n'
import { switchTo } from '../../i18n/load'

/** Gives the present language and a way to change it, loading its words first. */
export function useLanguage(): [Language, (language: Language) => void] {
  const { t, i18n } = useTranslation('common')
  const { message } = App.useApp()
  return [i18n.language === 'en' ? 'en' : 'zh-CN', (language) => void switchTo(language).catch(() => message.error(t('problem.offline')))]
}

/** A button that turns to the other language. */
export function LanguageSwitch() {
  const { t } = useTranslation('common')
  const [language, change] = useLanguage()
  const other = languages.find((l) => l !== language) ?? 'zh-CN'
  return <Button type="text" size="small" lang={other} icon={<GlobalOutlined />} onClick={() => change(other)}>{t(`language.${other}`)}</Button>
}
