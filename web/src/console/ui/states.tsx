import { Alert, Button, Empty, Result, Skeleton } from 'antd'
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { Problem } from '../../api/client'

/** While something is asked for the first time. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation('common')
  return (
    <div role="status" aria-label={t('state.loading')}>
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  )
}

/** A list without rows, with what to do about it: where filters keep the rows away, to take them off. */
export function Nothing({ text, clear, children }: { text?: string; clear?: () => void; children?: ReactNode }) {
  const { t } = useTranslation('common')
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text ?? t('state.empty')}>
      {children}
      {clear && <Button onClick={clear}>{t('state.unfilter')}</Button>}
    </Empty>
  )
}

/** What went wrong in the server's own words, and a way to try again. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useTranslation('common')
  const problem = error instanceof Problem ? error : undefined
  return (
    <Alert
      type={problem?.status === 403 || problem?.status === 404 ? 'warning' : 'error'}
      showIcon
      title={problem?.title ?? t('problem.broken')}
      description={problem?.detail}
      action={again && <Button onClick={again}>{t('problem.retry')}</Button>}
    />
  )
}

interface Asked<T> {
  data: T | undefined
  error: unknown
  isPending: boolean
  refetch: () => unknown
}

/** Shows what was asked for, or that it is loading, missing or refused. Old data stay visible beneath an error. */
export function Shown<T>({ of, children, rows }: { of: Asked<T>; children: (data: T) => ReactNode; rows?: number }) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error ? <Failed error={of.error} again={() => void of.refetch()} /> : null}
        {children(of.data)}
      </>
    )
  }
  if (of.error) return <Failed error={of.error} again={() => void of.refetch()} />
  return <Loading rows={rows} />
}

export function Missing() {
  const { t } = useTranslation('common')
  const navigate = useNavigate()
  return (
    <Result
      status="404"
      title={t('problem.notFound')}
      extra={
        <Button type="primary" onClick={() => void navigate('/')}>
          {t('problem.home')}
        </Button>
      }
    />
  )
}

/** A page that broke; without a network, one that could not be fetched. */
export function Broken() {
  const { t } = useTranslation('common')
  return (
    <Result
      status="error"
      title={navigator.onLine ? t('problem.broken') : t('problem.offline')}
      extra={
        <Button type="primary" onClick={() => window.location.reload()}>
          {t('problem.reload')}
        </Button>
      }
    />
  )
}

/** A line at the top while the network is away. */
export function OfflineBar() {
  const { t } = useTranslation('common')
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const change = () => setOnline(navigator.onLine)
    window.addEventListener('online', change)
    window.addEventListener('offline', change)
    return () => {
      window.removeEventListener('online', change)
      window.removeEventListener('offline', change)
    }
  }, [])
  return online ? null : <Alert banner type="warning" title={t('state.offline')} role="status" />
}
