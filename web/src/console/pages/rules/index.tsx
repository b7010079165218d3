import { PrinterOutlined } from '@ant-design/icons'
import { Button, Space, Tabs } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

import { hasRole, useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { Loading } from '../../ui/states'
import './rules.css'

const Rows = lazy(() => import('./Rows'))
const Versions = lazy(() => import('./Versions'))
const Drafts = lazy(() => import('./Drafts'))
const YearView = lazy(() => import('./YearView'))
const Explain = lazy(() => import('./Explain'))

const tabs = ['rows', 'versions', 'drafts', 'calendar', 'count'] as const
type Tab = (typeof tabs)[number]

const views = { rows: Rows, versions: Versions, drafts: Drafts, calendar: YearView, count: Explain } satisfies Record<Tab, unknown>

/** By when everything is owed and on whose authority, and the working days that it is counted by. */
export default function Rules() {
  const { t } = useTranslation('rules')
  const [{ tab }, change] = useFilters(['tab', 'draft'] as const)
  const writes = hasRole(useMe(), 'head', 'bureau', 'system_admin')
  const mine = tabs.filter((x) => x !== 'drafts' || writes)
  const shown: Tab = mine.find((x) => x === tab) ?? 'rows'
  const View = views[shown]
  return (
    <>
      <Space wrap style={{ justifyContent: 'space-between', width: '100%' }}>
        <h1 className="page-title" style={{ margin: 0 }}>{t('title')}</h1>
        <Button className="no-print" icon={<PrinterOutlined />} onClick={() => window.print()}>{t('common:action.print')}</Button>
      </Space>
      <Tabs
        className="no-print"
        activeKey={shown}
        onChange={(key) => change({ tab: key === 'rows' ? undefined : key, draft: undefined })}
        items={mine.map((key) => ({ key, label: t(`tabs.${key}`) }))}
      />
      <Suspense fallback={<Loading />}>
        <View />
      </Suspense>
    </>
  )
}
