import { useQuery } from '@tanstack/react-query'
import { Alert, App, Button, Card, Checkbox, Form, Input, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask } from '../../../../api/client'
import { useOnce } from '../../../ui/once'
import { Failed, Nothing, Shown } from '../../../ui/states'
import { Moment } from '../../../ui/time'
import { useWord } from '../../../ui/words'
import type { Case } from '../data'
import { useRenew } from './act'

interface Answer {
  text: string
  asks?: boolean
}

const progresses = ['received', 'checking', 'referred', 'handled', 'please_tell']

/** 与报告人往来: what both wrote, and the little that the reporter reads of the case beside it. */
export default function Messages({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const asked = useQuery({ queryKey: ['messages', of.id], queryFn: () => ask(api.GET('/api/v1/cases/{id}/messages', { params: { path: { id: of.id } } })) })
  return (
    <Shown of={asked}>
      {(talk) => (
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'flex-start' }}>
          <div style={{ flex: '2 1 320px', minWidth: 0 }}>
            {talk.items.length === 0 ? (
              <Nothing text={t('messages.none')} />
            ) : (
              <ol style={{ listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: 8 }} aria-label={t('tab.messages')}>
                {talk.items.map((m) => (
                  <li key={m.id} style={{ maxWidth: '88%', alignSelf: m.from === 'office' ? 'flex-end' : 'flex-start' }}>
                    <Card size="small" styles={{ body: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', background: m.from === 'office' ? 'light-dark(#e8f4f0, #16352d)' : undefined } }}>
                      <Typography.Text type="secondary">{t(`messages.from.${m.from}`)} · <Moment at={m.at} /> {m.asks && <Tag>{t('messages.asks')}</Tag>}</Typography.Text>
                      <div>{m.text}</div>
                    </Card>
                  </li>
                ))}
              </ol>
            )}
            {of.erased_at ? null : <Write of={of} />}
          </div>
          <Card size="small" title={t('messages.reporterSees')} style={{ flex: '1 1 240px' }}>
            <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
              {progresses.map((p) => (
                <li key={p} aria-current={p === talk.progress ? 'step' : undefined} style={{ padding: '4px 0' }}>
                  {p === talk.progress ? <Tag color="green">{word(`progress.${p}`)}</Tag> : <Typography.Text type="secondary">{word(`progress.${p}`)}</Typography.Text>}
                </li>
              ))}
            </ul>
            <Typography.Text type="secondary">{t('messages.reporterSeesHelp')}</Typography.Text>
          </Card>
        </div>
      )}
    </Shown>
  )
}

function Write({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const [form] = Form.useForm<Answer>()
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  const send = useOnce((body: Answer, key) => ask(api.POST('/api/v1/cases/{id}/messages', { params: { path: { id: of.id }, header: { 'Idempotency-Key': key } }, body })), {
    onSuccess: () => {
      form.resetFields()
      void message.success(t('messages.sent'))
      renew()
    },
  })
  return (
    <Card size="small" title={t('messages.write')} style={{ marginTop: 12 }} className="no-print">
      <Alert type="warning" showIcon title={t('messages.warning')} style={{ marginBottom: 12 }} />
      {send.error && <Failed error={send.error} />}
      <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)}>
        <Form.Item name="text" label={t('messages.text')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea maxLength={4000} autoSize={{ minRows: 3 }} />
        </Form.Item>
        <Form.Item name="asks" valuePropName="checked" extra={t('messages.asksHelp')}>
          <Checkbox>{t('messages.asks')}</Checkbox>
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={send.isPending}>{t('messages.send')}</Button>
      </Form>
    </Card>
  )
}
