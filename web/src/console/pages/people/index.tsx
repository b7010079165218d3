import { Tabs } from 'antd'
import { useTranslation } from 'react-i18next'

import { hasRole, useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { Accounts } from './Accounts'
import { Handover } from './Handover'
import { Import } from './Import'
import { Posts } from './Posts'
import { appointing, keeping, securing, watching } from './may'

/** Posts and persons: who is where, who is away, who follows whom. What each role finds here is its own part (三权分立). */
export default function People() {
  const { t } = useTranslation('people')
  const me = useMe()
  const [filters, change] = useFilters(['tab'] as const)
  const tabs = [
    { key: 'posts', label: t('tab.posts'), children: <Posts /> },
    hasRole(me, ...watching, 'system_admin') && { key: 'vacant', label: t('tab.vacant'), children: <Posts vacant /> },
    hasRole(me, ...appointing) && { key: 'handover', label: t('tab.handover'), children: <Handover /> },
    hasRole(me, ...keeping, ...securing) && { key: 'accounts', label: t('tab.accounts'), children: <Accounts /> },
    hasRole(me, ...keeping) && { key: 'import', label: t('tab.import'), children: <Import /> },
  ].filter((tab) => !!tab)
  return (
    <>
      <h1 className="page-title">{t('title')}</h1>
      {tabs.length > 1 ? (
        <Tabs destroyOnHidden activeKey={filters.tab ?? 'posts'} onChange={(tab) => change({ tab: tab === 'posts' ? undefined : tab })} items={tabs} />
      ) : (
        <Posts />
      )}
    </>
  )
}
