import { QuestionCircleOutlined } from '@ant-design/icons'
import { Button, Popover, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../api/client'
import { Loading } from './states'

// It is read now and then, and weighs more than the worklist it stands in.
const Because = lazy(() => import('./Because'))

/** On whose authority a deadline stands: only a verified statute is called 法定. */
export function ClassTag({ of }: { of: { class: string; statutory: boolean } }) {
  const { t } = useTranslation('common')
  if (of.class === 'S') return of.statutory ? <Tag color="error">{t('class.S')}</Tag> : <Tag>{t('class.S_unverified')}</Tag>
  return <Tag color={of.class === 'P' ? 'processing' : 'default'}>{t(of.class === 'P' ? 'class.P' : 'class.L')}</Tag>
}

export interface WhyProps {
  /** A row of a worklist, */
  of?: Schemas['Obligation']
  /** or the id of one, with the notice that told of it. */
  id?: string
  notice?: Schemas['Notice']
}

/** Why an obligation, or a reminder of one, reached somebody: the rule and its source, who owes it, who was told when, who did not act. */
export function Why({ of, id = of?.id, notice }: WhyProps) {
  const { t } = useTranslation('why')
  const [open, setOpen] = useState(false)
  return (
    <Popover
      trigger={['click']}
      title={notice ? t('titleNotice') : t('title')}
      open={open}
      onOpenChange={setOpen}
      destroyOnHidden
      placement="bottomRight"
      classNames={{ root: 'why' }}
      content={<div style={{ maxWidth: 'min(460px, 80vw)', maxHeight: '60vh', overflow: 'auto' }}><Suspense fallback={<Loading rows={4} />}><Because id={id} of={of} notice={notice} /></Suspense></div>}
    >
      <Button type="text" size="small" aria-label={notice ? t('titleNotice') : t('title')} aria-expanded={open} icon={<QuestionCircleOutlined />} />
    </Popover>
  )
}
