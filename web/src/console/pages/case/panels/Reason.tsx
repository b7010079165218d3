import { Form, Input, Modal } from 'antd'
import { useTranslation } from 'react-i18next'

import { Failed } from '../../../ui/states'

interface Props {
  title: string
  help: string
  most?: number
  busy: boolean
  error: unknown
  give: (reason: string) => void
  close: () => void
}

/** Asks why something is taken back, before it is. */
export function Reason({ title, help, most = 1000, busy, error, give, close }: Props) {
  const { t } = useTranslation('panels')
  const [form] = Form.useForm<{ reason: string }>()
  return (
    <Modal open title={title} onCancel={close} onOk={form.submit} okText={title} okButtonProps={{ danger: true }} cancelText={t('common:action.cancel')} confirmLoading={busy}>
      <p>{help}</p>
      {error ? <Failed error={error} /> : null}
      <Form form={form} layout="vertical" onFinish={(v) => give(v.reason)}>
        <Form.Item name="reason" label={t('glass.reason')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea maxLength={most} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
