import { Tour as Bubbles } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'

import { useMe } from '../../session'

const key = 'tonghu.tour'

/** Who has seen it on this device, by the ids of persons; "off" where nobody is to. */
function seen(person: string): boolean {
  try {
    const value = localStorage.getItem(key) ?? ''
    return value === 'off' || value.split(' ').includes(person)
  } catch {
    return true
  }
}

function note(person: string) {
  try {
    localStorage.setItem(key, [...new Set([...(localStorage.getItem(key) ?? '').split(' '), person])].filter(Boolean).join(' '))
  } catch {
    // A browser that keeps nothing shows nothing either.
  }
}

const find = (name: string) => () => document.querySelector<HTMLElement>(`[data-tour="${name}"]`) as HTMLElement

/** Four bubbles at the first sign-in of a person on a device; called again from the person's menu. */
export function Tour() {
  const { t } = useTranslation('tour')
  const me = useMe()
  const { state } = useLocation() as { state: { tour?: number } | null }
  const navigate = useNavigate()
  const [first, setFirst] = useState(() => !seen(me.person))
  const asked = state?.tour
  const open = first || !!asked
  const close = () => {
    setFirst(false)
    note(me.person)
    if (asked) void navigate('.', { replace: true, state: null })
  }
  if (!open) return null
  return (
    <Bubbles
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
