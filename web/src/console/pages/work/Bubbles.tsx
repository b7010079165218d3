import { Tour } from 'antd'
import { useTranslation } from 'react-i18next'

const find = (name: string) => () => document.querySelector<HTMLElement>(`[data-tour="${name}"]`) as HTMLElement

/** The bubbles of Tour. */
export default function Bubbles({ close }: { close: () => void }) {
  const { t } = useTranslation('tour')
  return (
    <Tour
      open
      onClose={close}
      onFinish={close}
      closable={{ 'aria-label': t('skip') }}
      steps={[
        { title: t('list.title'), description: t('list.text'), target: find('title') },
        { title: t('whose.title'), description: t('whose.text'), target: find('whose') },
        { title: t('alert.title'), description: t('alert.text'), target: find('list') },
        { title: t('menu.title'), description: t('menu.text'), target: find('menu') },
      ].map((s, i, all) => ({ ...s, placement: 'bottom' as const, prevButtonProps: { children: t('back') }, nextButtonProps: { children: i === all.length - 1 ? t('end') : t('next') } }))}
    />
  )
}
