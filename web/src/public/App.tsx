import { useTranslation } from 'react-i18next'

/** The pages of the public: /report, /help and /receipt. */
export function App() {
  const { t } = useTranslation('public')
  return <main><h1>{t('title')}</h1></main>
}
