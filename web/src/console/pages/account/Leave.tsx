import { useMutation } from '@tanstack/react-query'
import { App, Button, Card, DatePicker, Form } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { Failed } from '../../ui/states'

/** Being away for a time: the deputies are told instead. */
export function Leave() {
  const { t } = useTranslation('account')
  const { message } = App.useApp()
  const [form] = Form.useForm<{ time: [Dayjs, Dayjs] }>()
  const [made, setMade] = useState<Schemas['Leave'][]>([])
  const add = useMutation({
    mutationFn: ({ time: [from, until] }: { time: [Dayjs, Dayjs] }) => ask(api.POST('/api/v1/leave', { body: { from: from.toISOString(), until: until.toISOString() } })),
    onSuccess: (leave) => {
      setMade((before) => [...before, leave])
      form.resetFields()
      void message.success(t('leaveDone'))
    },
  })
  const end = useMutation({
    mutationFn: (id: string) => ask(api.DELETE('/api/v1/leave/{id}', { params: { path: { id } } })),
    onSuccess: (_, id) => {
      setMade((before) => before.filter((l) => l.id !== id))
      void message.success(t('leaveEnded'))
    },
  })
  const text = (at: string) => dayjs(at).format('YYYY-MM-DD HH:mm')
  const problem = add.error ?? end.error
  return (
    <Card title={t('leave')}>
      <p style={{ marginTop: 0 }}>{t('leaveHelp')}</p>
      {problem ? <Failed error={problem} /> : null}
      <ul className="plain rows">
        {made.map((l) => (
          <li key={l.id} style={{ display: 'flex', gap: 12, alignItems: 'center', justifyContent: 'space-between' }}>
            <span className="numeric">{t('leaveFrom', { from: text(l.from), until: text(l.until) })}</span>
            <Button size="small" loading={end.isPending} onClick={() => end.mutate(l.id)}>{t('leaveEnd')}</Button>
          </li>
        ))}
      </ul>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v: { time: [Dayjs, Dayjs] }) => add.mutate(v)} data-passing>
        <Form.Item name="time" label={t('leaveTime')} rules={[{ required: true, message: t('leaveNeeded') }]}>
          <DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" style={{ width: '100%' }} />
        </Form.Item>
        <Button htmlType="submit" loading={add.isPending}>{t('leaveSend')}</Button>
      </Form>
    </Card>
  )
}
