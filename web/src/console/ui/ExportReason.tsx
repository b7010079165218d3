import { App, Form, Input, Modal, Progress, Select, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../api/client'
import type { ExportProps } from './Export'
import { Failed } from './states'

type Body = Schemas['ExportBody']
const purposes: Body['purpose'][] = ['supervision', 'report', 'inspection', 'handover', 'statistics']

/** Asks why something is taken out, and takes it. */
export default function ExportReason({ what, filter, close }: ExportProps & { close: () => void }) {
  const { t } = useTranslation(['export', 'common'])
  const { message } = App.useApp()
  const [form] = Form.useForm<Pick<Body, 'purpose' | 'reason'>>()
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState(0)
  const [failed, setFailed] = useState<unknown>()
  async function take(why: Pick<Body, 'purpose' | 'reason'>) {
    setBusy(true)
    setDone(0)
    setFailed(undefined)
    try {
      const asked = api.POST('/api/v1/exports', { body: { what, filter, ...why }, parseAs: 'stream' })
      const body = (await ask(asked)) as ReadableStream<Uint8Array<ArrayBuffer>>
      const { response } = await asked
      save(await received(body, Number(response.headers.get('Content-Length')), setDone), nameIn(response.headers.get('Content-Disposition')))
      void message.success(t('saved'))
      close()
    } catch (error) {
      setFailed(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open title={t(`title.${what}`)} okText={t('take')} confirmLoading={busy} onOk={() => form.submit()} onCancel={close} maskClosable={false}>
      <Typography.Paragraph>{t('help')}</Typography.Paragraph>
      <Form form={form} layout="vertical" initialValues={{ purpose: 'supervision' }} onFinish={(why) => void take(why)} disabled={busy}>
        <Form.Item name="purpose" label={t('purpose')} rules={[{ required: true }]}>
          <Select options={purposes.map((p) => ({ value: p, label: t(`purposes.${p}`) }))} />
        </Form.Item>
        <Form.Item name="reason" label={t('reason')} rules={[{ required: true, whitespace: true, min: 4, message: t('reasonNeeded') }]}>
          <Input.TextArea rows={3} maxLength={500} showCount placeholder={t('reasonHint')} />
        </Form.Item>
      </Form>
      {busy && <Progress percent={done} status="active" aria-label={t('making')} />}
      {failed ? <Failed error={failed} /> : null}
    </Modal>
  )
}

/** Reads an answer to its end and tells how far it has come, in percent. */
async function received(body: ReadableStream<Uint8Array<ArrayBuffer>>, length: number, tell: (percent: number) => void): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  const reader = body.getReader()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.length
    if (length > 0) tell(Math.min(100, Math.round((bytes / length) * 100)))
  }
  return new Blob(parts, { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' })
}

function nameIn(disposition: string | null): string {
  return /filename="([^"]+)"/.exec(disposition ?? '')?.[1] ?? 'tonghu.xlsx'
}

function save(blob: Blob, name: string) {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
