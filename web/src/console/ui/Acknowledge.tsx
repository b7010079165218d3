import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Form, Input, Modal, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem, type Schemas } from '../../api/client'
import { Failed } from './states'
import { usePost } from './names'
import { useOnce } from './once'
import { TimeInput } from './TimeInput'
import { onTheWall, wallOf } from './wall'
import { useLabel } from './words'

interface Taken {
  post?: string
  who?: string
  by?: Dayjs
  for?: string
}

const inAnHour = () => wallOf().add(1, 'hour')

/** Takes an alert on, in a post that may: it stops the climb for a while; a red one says who goes, and by when. */
export function Acknowledge({ of, close }: { of: Schemas['Obligation']; close: () => void }) {
  const { t } = useTranslation(['ack', 'common'])
  const [form] = Form.useForm<Taken>()
  const label = useLabel()
  const post = usePost()
  const queries = useQueryClient()
  const { message } = App.useApp()
  const own = of.may_ack ?? []
  const others = of.may_record ?? []
  // A case may turn red while this is open (nobody triaged it in time). Then the server asks what was not asked before.
  const [turned, setTurned] = useState(false)
  const red = of.colour === 'red' || turned
  const choice = (posts: string[]) => posts.map((p) => ({ value: p, label: post(p) }))
  const renew = () => void queries.invalidateQueries({ queryKey: ['list'] })
  const send = useOnce(
    ({ by, ...v }: Taken, key) =>
      ask(
        api.POST('/api/v1/obligations/{id}/ack', {
          params: { path: { id: of.id ?? '' }, header: { 'Idempotency-Key': key } },
          body: { ...v, post: v.for ? undefined : (v.post ?? own[0]), by: by && onTheWall(by) },
        }),
      ),
    {
      onSuccess: () => {
        void message.success(t('done'))
        renew()
        close()
      },
      onError: (error) => {
        if (!(error instanceof Problem)) return
        renew()
        const asked = error.errors.filter((f) => f.reason === 'required').map((f) => ({ name: f.field.replace(/^body\./, '') as keyof Taken, errors: [f.message] }))
        if (!red && asked.some((f) => f.name === 'who' || f.name === 'by')) setTurned(true)
        if (!form.getFieldValue('by') && asked.some((f) => f.name === 'by')) form.setFieldValue('by', inAnHour()) // suggested, as on red
        form.setFields(asked.filter((f) => !form.getFieldValue(f.name)))
      },
    },
  )
  const problem = send.error instanceof Problem ? send.error : undefined
  const may = problem?.code === 'below_rung' ? (problem.errors[0]?.want ?? '').split(', ').filter(Boolean) : []
  return (
    <Modal open title={t('title', { name: label(of.name) })} onCancel={close} onOk={form.submit} okText={own.length ? t('acknowledge') : t('record')} cancelText={t('common:action.cancel')} confirmLoading={send.isPending}>
      <p>{t('help')}</p>
      {send.error && (
        <div style={{ marginBottom: 12 }}>
          {turned && problem?.code === 'form_invalid' ? <Alert type="warning" showIcon role="alert" title={t('turned')} /> : <Failed error={send.error} />}
          {may.length > 0 && <Alert type="info" title={t('may', { posts: may.map(post).join(t('comma')) })} style={{ marginTop: 8 }} />}
        </div>
      )}
      <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} initialValues={{ post: own[0], by: red ? inAnHour() : undefined }}>
        {own.length > 1 && (
          <Form.Item name="post" label={t('inPost')}>
            <Select options={choice(own)} />
          </Form.Item>
        )}
        <Form.Item name="who" label={t('who')} rules={[{ required: red, whitespace: red, message: t('whoNeeded') }]}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item name="by" label={t('by')} rules={[{ required: red, message: t('byNeeded') }]}>
          <TimeInput minDate={wallOf()} />
        </Form.Item>
        {others.length > 0 && (
          <Form.Item name="for" label={t('byPhone')} extra={t('byPhoneHelp')} rules={[{ required: own.length === 0, message: t('forNeeded') }]}>
            <Select allowClear options={choice(others)} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  )
}
