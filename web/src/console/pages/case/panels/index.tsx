import { Tabs } from 'antd'
import { lazy, Suspense, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useFilters } from '../../../ui/filters'
import { useOnPaper } from '../../../ui/paper'
import { Loading } from '../../../ui/states'
import type { Case } from '../data'
import { People } from './People'
import { Timeline } from './Timeline'

const Files = lazy(() => import('./Files'))
const Messages = lazy(() => import('./Messages'))
const Notes = lazy(() => import('./Notes'))
const Tasks = lazy(() => import('./Tasks'))
const Papers = lazy(() => import('./Papers'))

/** The parts of a case's page beneath what is due and its tracks, in the order in which they are read. */
export function Panels({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const paper = useOnPaper()
  const [filters, change] = useFilters(['panel'] as const)
  // Where words are typed they stay when another part is looked at; the others are asked for anew.
  const part = (key: string, view: ReactNode, keeps = false) => ({ key, label: t(`tab.${key}`), destroyOnHidden: !keeps, children: <Suspense fallback={<Loading />}>{view}</Suspense> })
  const items = [
    part('timeline', <Timeline of={of} />),
    part('people', <People of={of} />),
    part('files', <Files of={of} />, true),
    ...(of.kind === 'report' && of.may.includes('talk') ? [part('messages', <Messages of={of} />, true)] : []),
    part('notes', <Notes of={of} />, true),
    part('tasks', <Tasks of={of} />),
    part('papers', <Papers of={of} />),
  ]
  const open = items.some((i) => i.key === filters.panel) ? filters.panel : 'timeline'
  return (
    <section aria-label={t('title')}>
      {paper && <h2>{t(`tab.${open}`)}</h2>}
      <Tabs activeKey={open} onChange={(key) => change({ panel: key === 'timeline' ? undefined : key })} items={items} />
    </section>
  )
}
