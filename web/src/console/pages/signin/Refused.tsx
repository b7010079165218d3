import { Alert } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Problem } from '../../../api/client'

/** Seconds until a refused attempt may be made again; 0 when it may be. */
export function useWait(problem?: Problem): number {
  const [left, setLeft] = useState(0)
  useEffect(() => {
    const until = Date.now() + (problem?.status === 429 ? (problem.retryAfter ?? 60) : 0) * 1000
    const look = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)))
    look()
    const timer = setInterval(look, 1000)
    return () => clearInterval(timer)
  }, [problem])
  return left
}

/** Why one was not let in, and how long to wait where there were too many attempts. */
export function Refused({ problem, wait }: { problem?: Problem; wait: number }) {
  const { t } = useTranslation('signin')
  if (!problem) return null
  const minutes = Math.floor(wait / 60)
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      style={{ marginBottom: 16 }}
      title={problem.title}
      description={
        <>
          {problem.detail}
          {problem.errors.map((fault) => <div key={fault.field + fault.reason}>{fault.message}</div>)}
          {wait > 0 && <div className="numeric">{minutes > 0 ? t('waitMinutes', { minutes, seconds: wait % 60 }) : t('waitSeconds', { seconds: wait })}</div>}
        </>
      }
    />
  )
}
