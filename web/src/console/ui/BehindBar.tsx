import { Alert, Button, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Schemas } from '../../api/client'
import { behindNames, type Behind } from './behind'
import { useDirectory } from './names'
import { Moment } from './time'
import { useWord } from './words'

/** Takes the filters of a list behind a number away. */
export const noBehind: Partial<Record<(typeof behindNames)[number], undefined>> = Object.fromEntries(behindNames.map((n) => [n, undefined]))

/** Says which number of the supervision page a list is behind. */
export function BehindBar({ of, clear }: { of: Behind; clear: () => void }) {
  const { t } = useTranslation('behind')
  const word = useWord()
  const { data } = useDirectory()
  return (
    <Alert
      type="info"
      showIcon
      style={{ marginBottom: 12 }}
      title={
        <>
          {t('list')} {of.due && <Tag>{t(`due.${of.due as 'all'}`)}</Tag>}
          {of.unit && <Tag>{data?.units.find((u) => u.name === of.unit)?.title ?? of.unit}</Tag>}
          {of.exact && <Tag>{t('exact')}</Tag>}
          {of.key && <Tag>{word(`obligation.${of.key}`)}</Tag>}
          {of.result && <Tag>{t(`result.${of.result as 'any'}`)}</Tag>}
          {of.rung && <Tag>{word(`rung.${of.rung}`)}</Tag>}
          {of.followed && <Tag>{t(`followed.${of.followed as 'ended'}`)}</Tag>}
          {of.from && of.to && <><Moment at={of.from} /> – <Moment at={of.to} /></>}
        </>
      }
      action={<><Link to="/supervision">{t('back')}</Link> <Button size="small" onClick={clear}>{t('clear')}</Button></>}
    />
  )
}

/** How something that is owed no more ended. */
export function Ended({ of }: { of: Schemas['Obligation'] }) {
  const { t } = useTranslation('behind')
  const late = of.how === 'met' && (of.ended_at ?? '') > of.due
  return <Tag color={late ? 'error' : 'default'}>{t(of.how !== 'met' ? 'released' : late ? 'late' : 'met')} <Moment at={of.ended_at} /></Tag>
}
