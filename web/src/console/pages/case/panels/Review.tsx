import { Form, Input, Modal, Radio } from 'antd'
import { useTranslation } from 'react-i18next'

import { useWord } from '../../../ui/words'
import type { Case } from '../data'
import { useStep } from './act'
import { Refusal } from './Refusal'

interface Verdict {
  verdict: string
  opinion: string
}

/** The supervisor's judgement of an emergency reading. */
export function Review({ of, glass, close }: { of: Case; glass: string; close: () => void }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const [form] = Form.useForm<Verdict>()
  const take = useStep(of, 'review_glass', close)
  return (
    <Modal open title={t('glass.review')} onCancel={close} onOk={form.submit} okText={t('glass.review')} cancelText={t('common:action.cancel')} confirmLoading={take.isPending}>
      <Refusal of={of} error={take.error} />
      <Form form={form} layout="vertical" onFinish={(v) => take.mutate({ ...v, glass })}>
        <Form.Item name="verdict" label={t('glass.verdict')} rules={[{ required: true, message: t('needed') }]}>
          <Radio.Group options={['justified', 'not_justified', 'discipline'].map((v) => ({ value: v, label: word(`enum.verdict.${v}`) }))} />
        </Form.Item>
        <Form.Item name="opinion" label={t('glass.opinion')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea maxLength={4000} autoSize={{ minRows: 3 }} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
