import { Button, Card, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { queries } from '../../../api/queries'
import { leaveTheBody } from '../../../evidence'
import { Done } from '../../../filing/Done'
import { Filing } from '../../../filing/Filing'
import type { Who } from '../../../filing/report'
import { hasRole, useMe } from '../../session'
import { noteSent } from '../../ui/unsaved'

async function post(body: Schemas['ReportBody'], key: string) {
  const filed = await ask(api.POST('/api/v1/reports', { params: { header: { 'Idempotency-Key': key } }, body }))
  noteSent()
  return filed
}

// As ui/names.ts asks for it: what is there already is not asked again.
const directory = () => queries.fetchQuery({ queryKey: ['directory'], queryFn: () => ask(api.GET('/api/v1/directory')), staleTime: 600_000 })

/** 登记线索: the desk writes down what a caller, letter or visitor tells; a unit's reporter and an officer file themselves. */
export default function File() {
  const { t } = useTranslation('file')
  const me = useMe()
  const who: Who = hasRole(me, 'desk') ? 'desk' : hasRole(me, 'reporter') ? 'unit' : 'person'
  const [round, setRound] = useState(0)
  return (
    <>
      <h1 className="page-title">{t('title')}</h1>
      <p>{t(`intro.${who}`)}</p>
      <Card style={{ maxWidth: 720 }}>
        <Filing
          key={round}
          who={who}
          post={post}
          directory={directory}
          known={who === 'desk' ? undefined : { name: me.name }}
          done={(filed, photos, values) => (
            <Done filed={filed} photos={photos} careful={leaveTheBody(values.situations)} reader={who === 'desk' ? 'desk' : 'reporter'}>
              <Space wrap style={{ marginTop: 16 }}>
                {filed.case && <Link to={`/cases/${filed.case}`}>{t('toCase')}</Link>}
                {who !== 'desk' && <Link to="/mine">{t('toMine')}</Link>}
                <Button onClick={() => setRound((n) => n + 1)}>{t('another')}</Button>
              </Space>
            </Done>
          )}
        />
      </Card>
    </>
  )
}
