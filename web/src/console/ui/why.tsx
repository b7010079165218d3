import { QuestionCircleOutlined } from '@ant-design/icons'
import { Button, Descriptions, Popover, Tag } from 'antd'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../api/client'
import { usePost } from './names'
import { Moment } from './time'
import { useLabel, useWord } from './words'

/** On whose authority a deadline stands: only a verified statute is called 法定. */
export function ClassTag({ of }: { of: { class: string; statutory: boolean } }) {
  const { t } = useTranslation('common')
  if (of.class === 'S') return of.statutory ? <Tag color="red">{t('class.S')}</Tag> : <Tag>{t('class.S_unverified')}</Tag>
  return <Tag color={of.class === 'P' ? 'blue' : 'default'}>{t(of.class === 'P' ? 'class.P' : 'class.L')}</Tag>
}

/** Why an obligation stands on this list: the rule and its source, since when, who owes it, and who has not acted. */
export function Why({ of }: { of: Schemas['Obligation'] }) {
  const { t } = useTranslation('why')
  const word = useWord()
  const label = useLabel()
  const post = usePost()
  return (
    <Popover
      trigger={['click', 'focus']}
      title={t('title')}
      content={
        <Descriptions
          column={1}
          size="small"
          style={{ maxWidth: 420 }}
          items={[
            { key: 'what', label: t('what'), children: label(of.name) },
            of.source && { key: 'rule', label: t('rule'), children: <><ClassTag of={of.source} /> {of.source.source} {of.source.article}</> },
            { key: 'start', label: t('start'), children: <Moment at={of.start} /> },
            { key: 'due', label: t('due'), children: <Moment at={of.due} /> },
            { key: 'owner', label: t('owner'), children: post(of.owner) },
            { key: 'rung', label: t('rung'), children: of.rung > 0 ? t('rungs', { count: of.rung, owner: post(of.owner) }) : t('noRung') },
            of.acked && { key: 'acked', label: t('acked'), children: <>{post(of.acked.by)} <Moment at={of.acked.at} /></> },
            { key: 'stage', label: t('stage'), children: of.stage ? word(`stage.${of.stage}`) : '—' },
          ].filter((item) => !!item)}
        />
      }
    >
      <Button type="text" size="small" aria-label={t('title')} icon={<QuestionCircleOutlined />} />
    </Popover>
  )
}
