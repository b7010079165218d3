import { FilePdfOutlined, PrinterOutlined } from '@ant-design/icons'
import { Button, Card, Space, Tag, Typography } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { usePost } from '../../../ui/names'
import { Failed, Nothing } from '../../../ui/states'
import { Due, Moment } from '../../../ui/time'
import { useWord } from '../../../ui/words'
import { partsOf, useEvents, useSteps, type Case } from '../data'
import { Taken } from '../Taken'

/** 部门任务和督办单: what was asked of whom, what was answered and why it was sent back, how far it is, and the papers that go out. */
export default function Tasks({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const post = usePost()
  const due = (base: string, n: number) => of.obligations.find((o) => o.key === `${base}:${n}`)
  const steps = useSteps(of.kind).data
  const events = useEvents(of.id, of.tasks.length > 0)
  const owedOf = (n: number) => ['task_sign', 'task', 'task_review'].map((base) => due(base, n)).find((o) => o !== undefined)
  return (
    <Space orientation="vertical" size={12} style={{ width: '100%' }}>
      <Card size="small" title={t('tasks.tasks')}>
        {events.error ? <Failed error={events.error} again={() => void events.refetch()} /> : null}
        {of.tasks.length === 0 && <Nothing text={t('tasks.noTasks')} />}
        {of.tasks.map((task) => {
          const owed = owedOf(task.n)
          return (
            <Item key={task.n} letter={`/api/v1/cases/${of.id}/tasks/${task.n}/letter`}>
              <strong>{post(task.post)}</strong> · {word(`enum.measure.${task.measure}`, `enum.${task.measure}`)} <Tag>{word(`task.${task.state}`)}</Tag>
              {(task.returns ?? 0) > 0 && <Tag color="red">{t('tasks.returned', { count: task.returns })}</Tag>}
              {owed && <div><Typography.Text type="secondary">{word(`obligation.${partsOf(owed.key)[0]}`)}</Typography.Text> <Due due={owed.due} paused={owed.paused_since} provisional={owed.provisional} submitted={owed.submitted} /></div>}
              <ol className="owed-small" aria-label={t('tasks.history', { n: task.n })}>
                {events.data?.filter((e) => e.type === 'step' && e.task === task.n).map((e) => (
                  <li key={e.command}><Taken of={of} event={e} step={steps?.find((s) => s.name === e.step)} without={['task', 'post', 'measure']} /></li>
                ))}
              </ol>
            </Item>
          )
        })}
      </Card>
      <Card size="small" title={t('tasks.orders')}>
        {of.orders.length === 0 && <Nothing text={t('tasks.noOrders')} />}
        {of.orders.map((order) => {
          const owed = due('order_reply', order.n)
          return (
            <Item key={order.n} letter={`/api/v1/cases/${of.id}/orders/${order.n}/letter`}>
              <strong>{t('tasks.order', { n: order.n })}</strong> · {word(`obligation.${partsOf(order.obligation)[0]}`)} → {post(order.to)}{' '}
              <Tag color={order.lapsed || order.replied ? undefined : 'red'}>{t(`tasks.${order.lapsed ? 'lapsed' : order.replied ? 'replied' : order.signed ? 'signed' : 'draft'}`)}</Tag>
              <div>
                <Typography.Text type="secondary">
                  {t('tasks.drafted')} <Moment at={order.drafted} />
                  {order.signed && <> · {t('tasks.signedAt')} <Moment at={order.signed} /></>}
                  {order.replied && <> · {t('tasks.repliedAt')} <Moment at={order.replied} /></>}
                </Typography.Text>{' '}
                {owed && <Due due={owed.due} paused={owed.paused_since} provisional={owed.provisional} />}
              </div>
            </Item>
          )
        })}
      </Card>
    </Space>
  )
}

function Item({ letter, children }: { letter: string; children: ReactNode }) {
  const { t } = useTranslation('panels')
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'flex-start', paddingBlock: 6 }}>
      <div style={{ flex: '1 1 260px', minWidth: 0 }}>{children}</div>
      <Space wrap className="no-print">
        <Button icon={<PrinterOutlined />} href={letter} target="_blank" rel="noreferrer">{t('tasks.letter')}</Button>
        <Button icon={<FilePdfOutlined />} href={`${letter}?as=pdf`} target="_blank" rel="noreferrer">{t('tasks.pdf')}</Button>
      </Space>
    </div>
  )
}
