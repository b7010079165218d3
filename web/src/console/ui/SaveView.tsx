import { Form, Input, Modal } from 'antd'
import { useTranslation } from 'react-i18next'

/** Asks how a view is to be called. */
export default function SaveView({ save, close }: { save: (name: string) => void; close: () => void }) {
  const { t } = useTranslation(['views', 'common'])
  const [form] = Form.useForm<{ name: string }>()
  return (
    <Modal open title={t('saveTitle')} onCancel={close} onOk={form.submit} okText={t('common:action.save')} cancelText={t('common:action.cancel')}>
      <Form form={form} layout="vertical" onFinish={({ name }) => save(name.trim())}>
        <Form.Item name="name" label={t('name')} extra={t('nameHelp')} rules={[{ required: true, whitespace: true, message: t('nameNeeded') }]}>
          <Input maxLength={30} autoFocus autoComplete="off" data-passing />
        </Form.Item>
      </Form>
    </Modal>
  )
}
