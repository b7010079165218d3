import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, DatePicker, Form } from 'antd'
import type { Dayjs } from 'dayjs'
import { useTranslation } from 'react-i18next'

import { api, ask } from '../../../api/client'
import { Failed } from '../../ui/states'
import { onTheWall, wallText } from '../../ui/wall'

/** Being away for a time: the deputies are told instead. What was entered stands here until it is over or ended. */
export function Leave() {
  const { t } = useTranslation('account')
  const { message } = App.useApp()
  const [form] = Form.useForm<{ time: [Dayjs, Dayjs] }>()
  const queries = useQueryClient()
  const own = useQuery({ queryKey: ['leave'], queryFn: async () => (await ask(api.GET('/api/v1/leave'))).items })
  const renew = () => void queries.invalidateQueries({ queryKey: ['leave'] })
  const add = useMutation({
    mutationFn: ({ time: [from, until] }: { time: [Dayjs, Dayjs] }) => ask(api.POST('/api/v1/leave', { body: { from: onTheWall(from), until: onTheWall(until) } })),
    onSuccess: () => {
      renew()
      form.resetFields()
      void message.success(t('leaveDone'))
    },
  })
  const end = useMutation({
    mutationFn: (id: string) => ask(api.DELETE('/api/v1/leave/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      renew()
      void message.success(t('leaveEnded'))
    },
  })
  const problem = add.error ?? end.error ?? own.error
  return (
    <Card title={t('leave')}>
      <p style={{ marginTop: 0 }}>{t('leaveHelp')}</p>
      {problem ? <Failed error={problem} /> : null}
      <ul className="plain rows">
        {own.data?.map((l) => (
          <li key={l.id} style={{ display: 'flex', gap: 12, alignItems: 'center', justifyContent: 'space-between' }}>
            <span className="numeric">{t('leaveFrom', { from: wallText(l.from), until: wallText(l.until) })}</span>
            <Button size="small" loading={end.isPending && end.variables === l.id} onClick={() => end.mutate(l.id)}>{t('leaveEnd')}</Button>
          </li>
        ))}
      </ul>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v: { time: [Dayjs, Dayjs] }) => add.mutate(v)} data-passing>
        <Form.Item name="time" label={t('leaveTime')} rules={[{ required: true, message: t('leaveNeeded') }]}>
          <DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" showNow={false} style={{ width: '100%' }} />
        </Form.Item>
        <Button htmlType="submit" loading={add.isPending}>{t('leaveSend')}</Button>
      </Form>
    </Card>
  )
}
