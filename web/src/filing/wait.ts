import { useTranslation } from 'react-i18next'

/** Gives a short time in words: "30 秒", "10 分钟". */
export function useWait(): (seconds: number) => string {
  const { t } = useTranslation('filing')
  return (seconds) => (seconds < 90 ? t('wait.seconds', { count: seconds }) : t('wait.minutes', { count: Math.ceil(seconds / 60) }))
}
