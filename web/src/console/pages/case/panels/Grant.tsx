import { useQuery } from '@tanstack/react-query'
import { Alert, Form, Input, Modal, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useTranslation } from 'react-i18next'

import { api, ask } from '../../../../api/client'
import { useMe } from '../../../session'
import { Checks } from '../../../ui/Checks'
import { usePost } from '../../../ui/names'
import { TimeInput } from '../../../ui/TimeInput'
import { onTheWall, wallOf } from '../../../ui/wall'
import { useLabel } from '../../../ui/words'
import { useSteps, type Case } from '../data'
import { useStep } from './act'
import { Refusal } from './Refusal'

interface Lent {
  post: string
  compartments: string[]
  until: Dayjs
  purpose: string
  reason: string
}

const borrowing = new Set(['social_worker', 'liaison', 'shelter', 'supervisor', 'police', 'procurator', 'manager'])

/** 授权查阅: lends parts of the file to a post for a time. */
export function Grant({ of, close }: { of: Case; close: () => void }) {
  const { t } = useTranslation('panels')
  const [form] = Form.useForm<Lent>()
  const me = useMe()
  const name = usePost()
  const label = useLabel()
  const step = useSteps(of.kind).data?.find((s) => s.name === 'grant_access')
  const options = (field: string) => step?.form.find((f) => f.name === field)?.options?.map((o) => ({ value: o.value, label: label(o.label) })) ?? []
  const posts = useQuery({ queryKey: ['list', 'posts', 'all'], queryFn: () => ask(api.GET('/api/v1/posts', { params: { query: { limit: 200 } } })) })
  const own = new Set(me.posts.map((p) => p.post))
  const choice = [...new Map((posts.data?.items ?? []).filter((h) => borrowing.has(h.role) && !h.deputy && !own.has(h.post)).map((h) => [h.post, t('common:mark.named', { what: name(h.post), who: h.name })])).entries()]
  const take = useStep(of, 'grant_access', close)
  return (
    <Modal open title={t('grant.title')} onCancel={close} onOk={form.submit} okText={t('grant.title')} cancelText={t('common:action.cancel')} confirmLoading={take.isPending}>
      <Alert type="info" showIcon title={t('grant.help')} style={{ marginBottom: 12 }} />
      <Refusal of={of} error={take.error ?? posts.error} />
      <Form form={form} layout="vertical" initialValues={{ until: wallOf().add(7, 'day') }} onFinish={(v) => take.mutate({ ...v, until: onTheWall(v.until) })}>
        <Form.Item name="post" label={t('grant.to')} rules={[{ required: true, message: t('needed') }]}>
          <Select showSearch={{ optionFilterProp: 'label' }} loading={posts.isPending} options={choice.map(([value, text]) => ({ value, label: text }))} />
        </Form.Item>
        <Form.Item name="compartments" label={t('glass.what')} rules={[{ required: true, message: t('needed') }]}>
          <Checks options={options('compartments')} />
        </Form.Item>
        <Form.Item name="until" label={t('grant.until')} rules={[{ required: true, message: t('needed') }]}>
          <TimeInput minDate={wallOf()} />
        </Form.Item>
        <Form.Item name="purpose" label={t('grant.purpose')} rules={[{ required: true, message: t('needed') }]}>
          <Select options={options('purpose')} />
        </Form.Item>
        <Form.Item name="reason" label={t('glass.reason')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea maxLength={4000} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
