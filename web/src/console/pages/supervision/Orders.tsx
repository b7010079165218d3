import { PrinterOutlined } from '@ant-design/icons'
import { Button, Card, Segmented, Space, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { Export } from '../../ui/Export'
import { LongList, usePages } from '../../ui/list'
import { usePlace, usePost } from '../../ui/names'
import { Risk } from '../../ui/risk'
import { Nothing } from '../../ui/states'
import { Due, Moment } from '../../ui/time'
import { useLabel } from '../../ui/words'
import type { Figures } from '.'

type Order = Schemas['OrderRow']
const stands = ['draft', 'open', 'overdue', 'answered', 'lapsed'] as const
type Stand = (typeof stands)[number]

interface Props {
  of: Figures
  asked: { period: Figures['period']['name']; from?: string; to?: string; town?: string }
  stand?: string
  choose: (stand?: string) => void
}

/** The 督办单: drafted by the ladder, signed by a person in a step of the case, answered by who was late. */
export function Orders({ of, asked, stand, choose }: Props) {
  const { t } = useTranslation('supervision')
  const chosen = stands.find((s) => s === stand)
  const list = usePages<Order>(['orders', asked, chosen], (cursor) =>
    ask(api.GET('/api/v1/supervision/orders', { params: { query: { ...asked, cursor, limit: 50, state: chosen } } })),
  )
  return (
    <Card title={<h2>{t('orders')}</h2>} extra={<Export what="orders" filter={{ ...asked, state: chosen }} />}>
      <div className="scroll no-print" style={{ marginBottom: 12 }}>
        <Segmented
          aria-label={t('orderState')}
          value={chosen ?? 'all'}
          onChange={(s) => choose(s === 'all' ? undefined : s)}
          options={[{ value: 'all', label: t('stands.all') }, ...stands.map((s) => ({ value: s, label: `${t(`stands.${s}`)} ${of.orders[s] ?? 0}` }))]}
        />
      </div>
      <LongList of={list} id={(o) => `${o.case}/${o.n}`} label={t('orders')} height={92} row={(o) => <Row of={o} />} empty={<Nothing text={t('nothingOrdered')} clear={chosen && (() => choose(undefined))} />} />
    </Card>
  )
}

function Row({ of }: { of: Order }) {
  const { t } = useTranslation('supervision')
  const me = useMe()
  const label = useLabel()
  const post = usePost()
  const place = usePlace()
  const stand = of.state as Stand
  const signs = stand === 'draft' && hasRole(me, 'head', 'bureau', 'body')
  return (
    <Card size="small" style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
        <div style={{ flex: '1 1 280px', minWidth: 0 }}>
          <strong className="numeric">{of.number}</strong> <Tag color={stand === 'overdue' ? 'error' : 'default'}>{t(`stands.${stand}`)}</Tag>
          {of.due && <Due due={of.due} provisional={of.provisional} />}
          <div>{t('about', { name: label(of.name) })} → {post(of.to)}</div>
          <Typography.Text type="secondary">
            <Risk colour={of.colour} /> · <Link to={`/cases/${of.case}`} className="numeric">{of.case_number}</Link> · {place(of.org)} · {t('drafted')} <Moment at={of.drafted} />
            {of.signed && <> · {t('signed')} <Moment at={of.signed} /></>}
            {of.replied && <> · {t('replied')} <Moment at={of.replied} /></>}
          </Typography.Text>
        </div>
        <Space className="no-print">
          {signs && <Link to={`/cases/${of.case}?do=${encodeURIComponent(`order_sign:${of.n}`)}`}>{t('sign')}</Link>}
          <Button icon={<PrinterOutlined />} href={`/api/v1/cases/${of.case}/orders/${of.n}/letter`} target="_blank" rel="noreferrer">{t('letter')}</Button>
        </Space>
      </div>
    </Card>
  )
}
