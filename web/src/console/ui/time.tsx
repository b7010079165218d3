import { Tag, Tooltip, Typography } from 'antd'
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { wallText } from './wall'

// One clock for every countdown on the screen.
let now = Date.now()
const listeners = new Set<() => void>()
setInterval(() => {
  now = Date.now()
  for (const tell of listeners) tell()
}, 15_000)

function listen(tell: () => void) {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

/** The time of the screen's clock in milliseconds; it moves every 15 s. */
export function useNow(): number {
  return useSyncExternalStore(listen, () => now)
}

/** A time as people here write it, by China's clocks. */
export function Moment({ at, withTime = true, seconds = false }: { at?: string | null; withTime?: boolean; seconds?: boolean }) {
  if (!at) return null
  return (
    <time dateTime={at} className="numeric">
      {wallText(at, !withTime ? 'day' : seconds ? 'second' : 'minute')}
    </time>
  )
}

/** A length of time in its largest two units. */
export function useSpan(): (milliseconds: number) => string {
  const { t } = useTranslation('common')
  return (milliseconds) => {
    const minutes = Math.floor(Math.abs(milliseconds) / 60_000)
    const days = Math.floor(minutes / 1440)
    const hours = Math.floor((minutes % 1440) / 60)
    const parts: string[] = []
    if (days > 0) parts.push(t('due.days', { count: days }))
    if (hours > 0) parts.push(t('due.hours', { count: hours }))
    if (days === 0 && minutes % 60 > 0) parts.push(t('due.minutes', { count: minutes % 60 }))
    return parts.length ? parts.join(' ') : t('due.now')
  }
}

/** The mark of a day that was counted on a calendar that is not published yet. */
export function Provisional() {
  const { t } = useTranslation('common')
  return <Tag color="purple" style={{ whiteSpace: 'normal' }}>{t('due.provisional')}</Tag>
}

interface DueProps {
  due?: string | null
  paused?: string | null
  /** Whoever shows a deadline says whether it is only provisional. */
  provisional: boolean | undefined
  submitted?: boolean
}

/** How long is left until something is due, or for how long it is overdue: computed here as on the server, never stored. */
export function Due({ due, paused, provisional, submitted }: DueProps) {
  const { t } = useTranslation('common')
  const at = useNow()
  const span = useSpan()
  if (!due) return <Typography.Text type="secondary">—</Typography.Text>
  const left = new Date(due).valueOf() - at
  const soon = left < 2 * 3_600_000
  return (
    <Tooltip title={wallText(due)}>
      <span className="numeric">
        {paused ? (
          <Tag>{t('due.paused')}</Tag>
        ) : left < 0 ? (
          <Tag color="error">{t('due.overdue', { span: span(left) })}</Tag>
        ) : (
          <Tag color={soon ? '#9a4a00' : 'default'} variant={soon ? 'solid' : 'filled'}>{t('due.left', { span: span(left) })}</Tag>
        )}
        {submitted ? <Tag color="processing">{t('due.submitted')}</Tag> : null}
        {provisional ? <Provisional /> : null}
      </span>
    </Tooltip>
  )
}
