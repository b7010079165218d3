import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Form, Input, Modal, Progress, Select, Tag, Typography } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey, Problem, type Schemas } from '../../../api/client'
import { usePost } from '../../ui/names'
import { useAppointments } from '../people/data'
import { roleOf } from '../people/may'

const taking = ['desk', 'manager', 'head', 'supervisor', 'shelter', 'social_worker', 'bureau']

interface Row {
  id: string
  number: string
  /** The same for its retries: a case is handed over once. */
  key: string
  state: 'waiting' | 'done' | 'failed'
  why?: string
}

/** Gives the cases of what was selected to another post, one after the other; what fails can be tried again. */
export function HandOver({ of, close }: { of: Schemas['Obligation'][]; close: (done: boolean) => void }) {
  const { t } = useTranslation(['work', 'common'])
  const post = usePost()
  const queries = useQueryClient()
  const posts = useAppointments()
  const [form] = Form.useForm<{ post: string; reason: string }>()
  const [rows, setRows] = useState<Row[]>(() => {
    const byCase = new Map<string, Row>()
    for (const o of of) if (o.case) byCase.set(o.case, { id: o.case, number: o.number ?? '', key: newKey(), state: 'waiting' })
    return [...byCase.values()]
  })
  const [busy, setBusy] = useState(false)
  const [to, setTo] = useState<string>()
  const stopped = useRef(false)
  const options = posts.items
    .filter((a) => taking.includes(roleOf(a.post)))
    .map((a) => ({ value: a.post, label: [post(a.post), a.people.filter((p) => !p.deputy).map((p) => p.name).join(' ') || t('vacant')].join(' · ') }))
  const done = rows.filter((r) => r.state === 'done').length
  const failed = rows.filter((r) => r.state === 'failed').length
  async function one(row: Row, values: { post: string; reason: string }): Promise<Partial<Row>> {
    try {
      const seen = await ask(api.GET('/api/v1/cases/{id}', { params: { path: { id: row.id } } }))
      await ask(
        api.POST('/api/v1/cases/{id}/steps/{step}', {
          params: { path: { id: row.id, step: 'assign' }, header: { 'Idempotency-Key': row.key } },
          body: { base: seen.base, fields: { post: values.post, reason: values.reason } },
        }),
      )
      return { state: 'done', why: undefined }
    } catch (error) {
      const problem = error instanceof Problem ? error : undefined
      if (problem?.status === 0) stopped.current = true
      return {
        state: 'failed',
        why: problem ? [problem.title, problem.detail].filter(Boolean).join(' ') : t('common:problem.broken'),
        // What was refused is another thing when it is tried again; what was not answered is the same.
        key: problem && problem.status >= 400 && problem.status < 500 ? newKey() : row.key,
      }
    }
  }
  async function run(values: { post: string; reason: string }) {
    setBusy(true)
    setTo(values.post)
    stopped.current = false
    for (const row of rows) {
      if (row.state === 'done' || stopped.current) continue
      // One after the other, so that it can be stopped.
      const change = await one(row, values)
      setRows((before) => before.map((r) => (r.id === row.id ? { ...r, ...change } : r)))
    }
    setBusy(false)
    void queries.invalidateQueries()
  }
  return (
    <Modal
      open
      title={t('handOverTitle', { count: rows.length })}
      onCancel={() => {
        stopped.current = true
        close(done > 0)
      }}
      mask={{ closable: false }}
      footer={
        done === rows.length ? (
          <Button type="primary" onClick={() => close(true)}>{t('common:action.close')}</Button>
        ) : (
          <>
            {busy && <Button onClick={() => (stopped.current = true)}>{t('handOverStop')}</Button>}
            <Button type="primary" loading={busy} onClick={form.submit}>{failed || done ? t('handOverAgain', { count: rows.length - done }) : t('handOver')}</Button>
          </>
        )
      }
    >
      <Typography.Paragraph type="secondary">{t('handOverHelp')}</Typography.Paragraph>
      <Form form={form} layout="vertical" disabled={busy || done > 0} onFinish={(v) => void run(v)}>
        <Form.Item name="post" label={t('handOverTo')} rules={[{ required: true, message: t('needed') }]}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={options} loading={posts.loading} aria-label={t('handOverTo')} />
        </Form.Item>
        <Form.Item name="reason" label={t('handOverReason')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
          <Input.TextArea maxLength={500} rows={2} />
        </Form.Item>
      </Form>
      {(busy || done + failed > 0) && (
        <div aria-live="polite">
          <Progress percent={Math.round((100 * (done + failed)) / rows.length)} status={failed ? 'exception' : undefined} aria-label={t('handOverProgress')} />
          {!busy && <Alert type={failed ? 'warning' : 'success'} showIcon title={t('handOverDone', { done, failed })} description={done > 0 ? t('handOverUndo', { post: post(to) }) : undefined} style={{ marginBottom: 8 }} />}
        </div>
      )}
      <ul style={{ listStyle: 'none', padding: 0, margin: 0 }} aria-label={t('handOverCases')}>
        {rows.map((r) => (
          <li key={r.id} style={{ padding: '2px 0' }}>
            <span className="numeric">{r.number}</span>{' '}
            {r.state === 'done' && <Tag color="green">{t('handOverOk')}</Tag>}
            {r.state === 'failed' && <Tag color="error">{t('handOverNot')}</Tag>}
            {r.why && <Typography.Text type="secondary">{r.why}</Typography.Text>}
          </li>
        ))}
      </ul>
    </Modal>
  )
}
