import { FilePdfOutlined, PrinterOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Card, Checkbox, Form, Select, Space } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask } from '../../../../api/client'
import { Failed, Nothing } from '../../../ui/states'
import type { Case } from '../data'

type Purpose = 'handling' | 'supervision' | 'handover' | 'complaint' | 'inspection'

interface Wanted {
  purpose: Purpose
  child?: boolean
}

const purposes: Purpose[] = ['handling', 'supervision', 'handover', 'complaint', 'inspection']

/** 打印: what of the case goes onto paper, and for what. */
export default function Papers({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const chain = of.may.includes('print_chain')
  if (!chain && !of.erased_at) return <Nothing text={t('papers.none')} />
  return (
    <Space orientation="vertical" size={12} style={{ width: '100%' }}>
      {chain && <Chain of={of} />}
      {of.erased_at && (
        <Card size="small" title={t('papers.erasure')}>
          <Space wrap>
            <Button icon={<PrinterOutlined />} href={`/api/v1/cases/${of.id}/erasure/letter`} target="_blank" rel="noreferrer">{t('papers.page')}</Button>
            <Button icon={<FilePdfOutlined />} href={`/api/v1/cases/${of.id}/erasure/letter?as=pdf`} target="_blank" rel="noreferrer">{t('papers.pdf')}</Button>
          </Space>
        </Card>
      )}
    </Space>
  )
}

function Chain({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const make = useMutation({
    mutationFn: async ({ purpose, child }: Wanted) => {
      const paper = await ask(api.GET('/api/v1/cases/{id}/chain.pdf', { params: { path: { id: of.id }, query: { purpose, child: child || undefined } }, parseAs: 'blob' }))
      return new Blob([paper as unknown as Blob], { type: 'application/pdf' })
    },
    onSuccess: (paper) => {
      const url = URL.createObjectURL(paper)
      const link = document.createElement('a')
      link.href = url
      link.download = `${t('papers.chain')}-${of.number}.pdf`
      link.click()
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
    },
  })
  return (
    <Card size="small" title={t('papers.chain')}>
      <p>{t('papers.chainHelp')}</p>
      <Alert type="info" showIcon title={t('papers.logged')} style={{ marginBottom: 12 }} />
      {make.error && <div style={{ marginBottom: 12 }}><Failed error={make.error} /></div>}
      <Form<Wanted> layout="vertical" onFinish={(v) => make.mutate(v)}>
        <Form.Item name="purpose" label={t('papers.purpose')} rules={[{ required: true, message: t('needed') }]}>
          <Select style={{ maxWidth: 320 }} options={purposes.map((p) => ({ value: p, label: t(`purpose.${p}`) }))} />
        </Form.Item>
        {of.child && (
          <Form.Item name="child" valuePropName="checked" extra={t('papers.childHelp')}>
            <Checkbox>{t('papers.child')}</Checkbox>
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" icon={<FilePdfOutlined />} loading={make.isPending}>{t('papers.make')}</Button>
      </Form>
    </Card>
  )
}
