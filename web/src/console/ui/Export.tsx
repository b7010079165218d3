import { DownloadOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../api/client'
import { hasRole, useMe } from '../session'

type Body = Schemas['ExportBody']

const ExportReason = lazy(() => import('./ExportReason'))

export interface ExportProps {
  what: Body['what']
  filter: Body['filter']
}

/** Takes a list or figures out as a workbook, for a reason that is printed on every page of it. Lists are for the head of the office (DOMAIN 7). */
export function Export({ what, filter }: ExportProps) {
  const { t } = useTranslation(['export', 'common'])
  const me = useMe()
  const [open, setOpen] = useState(false)
  if (what !== 'figures' && !hasRole(me, 'head')) return null
  return (
    <>
      <Button className="no-print" icon={<DownloadOutlined />} onClick={() => setOpen(true)}>{t('export')}</Button>
      {open && <Suspense fallback={null}><ExportReason what={what} filter={filter} close={() => setOpen(false)} /></Suspense>}
    </>
  )
}
