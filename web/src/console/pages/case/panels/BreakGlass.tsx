import { Alert, App, Form, Input, Modal, Select } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../../api/client'
import { hasRole, useMe } from '../../../session'
import { Checks } from '../../../ui/Checks'
import { useOnce } from '../../../ui/once'
import { useWord } from '../../../ui/words'
import type { Case } from '../data'
import { useRenew, useStep } from './act'
import { Refusal } from './Refusal'

type Body = Schemas['GlassBody']

const parts: Body['compartments'] = ['reporter', 'narrative', 'medical', 'address']
const grounds: Body['grounds'][] = ['child_in_danger', 'reporter_in_danger', 'medical_emergency', 'police_request', 'court_request', 'complaint', 'other']

/** 紧急调阅: at once for who answers for cases, else asked of a second person. */
export function BreakGlass({ of, close }: { of: Case; close: () => void }) {
  const { t } = useTranslation('panels')
  const [form] = Form.useForm<Body>()
  const me = useMe()
  const word = useWord()
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  const atOnce = hasRole(me, 'head', 'bureau')
  const open = useOnce((body: Body, key) => ask(api.POST('/api/v1/cases/{id}/break-glass', { params: { path: { id: of.id }, header: { 'Idempotency-Key': key } }, body })), {
    onSuccess: () => {
      void message.success(t('glass.opened'))
      renew()
      close()
    },
  })
  const propose = useStep(of, 'break_glass', close)
  const error = open.error ?? propose.error
  return (
    <Modal
      open
      title={t('glass.title')}
      onCancel={close}
      onOk={form.submit}
      okText={atOnce ? t('glass.openNow') : t('glass.propose')}
      okButtonProps={{ danger: true }}
      cancelText={t('common:action.cancel')}
      confirmLoading={open.isPending || propose.isPending}
    >
      <Alert type="warning" showIcon title={atOnce ? t('glass.warning') : t('glass.warningPropose')} description={t('glass.warningMore')} style={{ marginBottom: 12 }} />
      <Refusal of={of} error={error} />
      <Form form={form} layout="vertical" onFinish={(v) => (atOnce ? open.mutate(v) : propose.mutate({ ...v }))}>
        <Form.Item name="compartments" label={t('glass.what')} rules={[{ required: true, message: t('needed') }]}>
          <Checks options={parts.map((p) => ({ value: p, label: t(`part.${p}`) }))} />
        </Form.Item>
        <Form.Item name="grounds" label={t('glass.grounds')} rules={[{ required: true, message: t('needed') }]}>
          <Select options={grounds.map((g) => ({ value: g, label: word(`enum.grounds.${g}`) }))} />
        </Form.Item>
        <Form.Item name="reason" label={t('glass.reason')} extra={t('glass.reasonHelp')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea maxLength={2000} autoSize={{ minRows: 3 }} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
