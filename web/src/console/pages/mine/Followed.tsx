import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, Drawer, Form, Input, Space, Tag, Timeline, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, newKey, type Schemas } from '../../../api/client'
import { LongList, usePages } from '../../ui/list'
import { Failed, Nothing, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'

type Row = Schemas['FollowedRow']

/** Whose reports: one's own, with the messages; or those in the name of one's unit, without their authors. */
type Whose = 'own' | 'unit'

/** The reports that one follows without a 查询码. Their numbers stand in no address. */
export function FollowedList({ whose }: { whose: Whose }) {
  const { t } = useTranslation('mine')
  const [open, setOpen] = useState<string>()
  const list = usePages<Row>(['followed', whose], (cursor) => {
    const params = { query: { cursor, limit: 50 } }
    return ask(whose === 'own' ? api.GET('/api/v1/my/reports', { params }) : api.GET('/api/v1/unit/reports', { params }))
  })
  return (
    <>
      <h1 className="page-title">{t(`title.${whose}`)}</h1>
      <p>{t(`intro.${whose}`)}</p>
      <LongList
        of={list}
        id={(r) => r.number}
        label={t(`title.${whose}`)}
        height={76}
        empty={<Nothing text={t(`nothing.${whose}`)}>{whose === 'own' && <Link to="/file">{t('nav:file')}</Link>}</Nothing>}
        row={(r) => (
          <Card size="small" style={{ marginBottom: 8 }}>
            <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
              <div style={{ flex: '1 1 220px' }}>
                <Button type="link" style={{ padding: 0, fontWeight: 600 }} className="numeric" onClick={() => setOpen(r.number)}>{r.number}</Button>
                <div><Typography.Text type="secondary"><Moment at={r.filed_at} /></Typography.Text></div>
              </div>
              <Space wrap>
                {r.in_unit_name && whose === 'own' && <Tag>{t('inUnitName')}</Tag>}
                <Typography.Text strong>{r.text}</Typography.Text>
              </Space>
            </div>
          </Card>
        )}
      />
      <Drawer open={!!open} onClose={() => setOpen(undefined)} title={open} size={560} destroyOnHidden>
        {open && <One number={open} whose={whose} />}
      </Drawer>
    </>
  )
}

function One({ number, whose }: { number: string; whose: Whose }) {
  const { t } = useTranslation('mine')
  const one = useQuery({
    queryKey: ['list', 'followed', whose, number],
    queryFn: () => ask(whose === 'own' ? api.POST('/api/v1/my/reports/lookup', { body: { number } }) : api.POST('/api/v1/unit/reports/lookup', { body: { number } })),
  })
  return (
    <Shown of={one}>
      {(f) => (
        <>
          <Typography.Title level={2} style={{ fontSize: 20, marginTop: 0 }}>{f.text}</Typography.Title>
          <Typography.Paragraph type="secondary">{t('filed')} <Moment at={f.filed_at} /></Typography.Paragraph>
          <Typography.Title level={3} style={{ fontSize: 16 }}>{t('feedback')}</Typography.Title>
          {f.feedback.length === 0 ? <Typography.Paragraph type="secondary">{t('noFeedback')}</Typography.Paragraph> : <Timeline items={f.feedback.map((b) => ({ content: <><Moment at={b.at} /><div style={{ whiteSpace: 'pre-wrap' }}>{b.text}</div></> }))} />}
          {whose === 'own' && (
            <>
              <Typography.Title level={3} style={{ fontSize: 16 }}>{t('messages')}</Typography.Title>
              {f.messages.length === 0 ? (
                <Typography.Paragraph type="secondary">{t('noMessages')}</Typography.Paragraph>
              ) : (
                <ul style={{ listStyle: 'none', padding: 0 }}>
                  {f.messages.map((m) => (
                    <li key={m.id}>
                      <Card size="small" style={{ marginBottom: 8 }}>
                        <Typography.Text type="secondary">{t(`from.${m.from}`)} · <Moment at={m.at} /></Typography.Text>
                        <div style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{m.text || t('unresolvedSaid')}</div>
                        {m.asks && <Typography.Text strong>{t('asks')}</Typography.Text>}
                      </Card>
                    </li>
                  ))}
                </ul>
              )}
              <Write number={number} />
            </>
          )}
        </>
      )}
    </Shown>
  )
}

/** A message to the office, or 没解决, which opens a review. */
function Write({ number }: { number: string }) {
  const { t } = useTranslation(['mine', 'common'])
  const [form] = Form.useForm<{ text?: string }>()
  const [key, setKey] = useState(newKey)
  const { message, modal } = App.useApp()
  const client = useQueryClient()
  const send = useMutation({
    mutationFn: ({ text, unresolved }: { text?: string; unresolved?: boolean }) =>
      ask(api.POST('/api/v1/my/reports/messages', { params: { header: { 'Idempotency-Key': key } }, body: { number, text: text?.trim() || undefined, unresolved } })),
    onSuccess: (_, { unresolved }) => {
      setKey(newKey())
      form.resetFields()
      void message.success(t(unresolved ? 'unresolvedDone' : 'sent'))
      void client.invalidateQueries({ queryKey: ['list', 'followed'] })
    },
  })
  function notSolved() {
    modal.confirm({
      title: t('unresolved'),
      content: t('unresolvedHelp'),
      okText: t('unresolvedSend'),
      cancelText: t('common:action.cancel'),
      onOk: () => send.mutate({ text: form.getFieldValue('text') as string | undefined, unresolved: true }),
    })
  }
  return (
    <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} style={{ marginTop: 16 }} onValuesChange={() => { if (send.error) { send.reset(); setKey(newKey()) } }}>
      {send.error && <Failed error={send.error} />}
      <Form.Item name="text" label={t('write')} extra={t('writeHint')} rules={[{ required: true, whitespace: true, message: t('writeNeeded') }]}>
        <Input.TextArea rows={3} maxLength={4000} autoComplete="off" />
      </Form.Item>
      <Space wrap>
        <Button type="primary" htmlType="submit" loading={send.isPending}>{t('send')}</Button>
        <Button onClick={notSolved} disabled={send.isPending}>{t('unresolved')}</Button>
      </Space>
    </Form>
  )
}
