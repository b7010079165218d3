import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, DatePicker, Form, Input, Modal, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey, Problem, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { usePost } from '../../ui/names'
import { useLabel } from '../../ui/words'

interface Form {
  who?: string
  by?: Dayjs
  for?: string
}

/** Takes an alert on: it stops the climb for a while; a red one says who goes, and by when. */
export function Acknowledge({ of, close }: { of: Schemas['Obligation']; close: () => void }) {
  const { t } = useTranslation(['work', 'common'])
  const [form] = Form.useForm<Form>()
  const [key] = useState(newKey)
  const label = useLabel()
  const post = usePost()
  const queries = useQueryClient()
  const { message } = App.useApp()
  const me = useMe()
  const red = of.colour === 'red'
  const send = useMutation({
    mutationFn: (v: Form) =>
      ask(
        api.POST('/api/v1/obligations/{id}/ack', {
          params: { path: { id: of.id ?? '' }, header: { 'Idempotency-Key': key } },
          body: { who: v.who, by: v.by?.toISOString(), for: v.for },
        }),
      ),
    onSuccess: () => {
      void message.success(t('acknowledged'))
      void queries.invalidateQueries({ queryKey: ['list'] })
      close()
    },
    onError: (error) => {
      if (error instanceof Problem) {
        form.setFields(error.errors.map((f) => ({ name: f.field.replace(/^body\./, '') as keyof Form, errors: [f.message] })))
      }
    },
  })
  return (
    <Modal open title={t('acknowledgeTitle', { name: label(of.name) })} onCancel={close} onOk={form.submit} okText={t('acknowledge')} cancelText={t('common:action.cancel')} confirmLoading={send.isPending}>
      <p>{t('acknowledgeHelp')}</p>
      {send.error instanceof Problem && <Alert type="error" showIcon title={send.error.title} description={send.error.detail} style={{ marginBottom: 12 }} />}
      <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} initialValues={{ by: red ? dayjs().add(1, 'hour') : undefined }}>
        <Form.Item name="who" label={t('who')} rules={[{ required: red, message: t('whoNeeded') }]}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="by" label={t('by')} rules={[{ required: red, message: t('byNeeded') }]}>
          <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" minDate={dayjs()} style={{ width: '100%' }} />
        </Form.Item>
        {hasRole(me, 'desk', 'manager') && !me.posts.some((p) => p.post === of.owner) && (
          <Form.Item name="for" label={t('byPhone')} extra={t('byPhoneHelp')}>
            <Select allowClear options={[{ value: of.owner, label: post(of.owner) }]} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  )
}
