import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, DatePicker, Form, Input, Modal, Space, Tag, Typography } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey, type Schemas } from '../../../api/client'
import { releaseAll } from '../../../unsaved'
import { useFilters } from '../../ui/filters'
import { usePost } from '../../ui/names'
import { hasRole, useMe } from '../../session'
import { Failed, Nothing, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { wallOf } from '../../ui/wall'
import { Changes } from './Changes'

/** Every version of the rules, what it changed, on what basis, and who published it. */
export default function Versions() {
  const { t } = useTranslation('rules')
  const post = usePost()
  const may = hasRole(useMe(), 'head', 'bureau', 'system_admin')
  const [undo, setUndo] = useState<Schemas['RuleVersion']>()
  const history = useQuery({ queryKey: ['list', 'rule-versions'], queryFn: () => ask(api.GET('/api/v1/rules/versions')) })
  const who = (a: Schemas['RuleActor']) => [post(a.post), a.name].filter(Boolean).join(' ')
  return (
    <Shown of={history} rows={6}>
      {(h) => (
        <>
          <p style={{ marginTop: 0 }}>{t('versions.about')}</p>
          {h.versions.length === 0 && <Nothing />}
          {h.versions.map((v, i) => (
            <Card key={v.n} size="small" style={{ marginBottom: 12 }} title={<Space wrap>{t('versions.name', { n: v.n, version: v.version })}{i === 0 && <Tag color="green">{t('versions.current')}</Tag>}{v.undoes ? <Tag>{t('versions.undoes', { n: v.undoes })}</Tag> : null}</Space>}
              extra={may && i > 0 ? <Button size="small" onClick={() => setUndo(v)}>{t('versions.undo')}</Button> : null}>
              <p style={{ margin: 0 }}>{t('since', { date: v.effective_from })}{v.open === undefined ? '' : ` · ${t('versions.open', { count: v.open })}`}</p>
              {v.document ? <p style={{ margin: 0 }}>{t('draft.document')}{t('common:mark.colon')}{v.document} — {v.basis}</p> : <p style={{ margin: 0 }}>{t('versions.program')}</p>}
              <Typography.Text type="secondary">
                <Moment at={v.at} /> {v.by && t('versions.by', { who: who(v.by) })} {v.second && t('versions.second', { who: who(v.second) })}
              </Typography.Text>
              <Changes of={v.changes} />
            </Card>
          ))}
          <Typography.Title level={2} style={{ fontSize: 18 }}>{t('versions.calendars')}</Typography.Title>
          {h.calendars.length === 0 ? <Nothing text={t('versions.noCalendars')} /> : (
            <ul style={{ paddingInlineStart: 20 }}>
              {h.calendars.map((c) => <li key={c.at}><Moment at={c.at} /> {t('versions.calendar', { version: c.version, from: c.from, to: c.to, who: c.post ? post(c.post) : t('versions.shell') })} {c.sources.join(t('common:mark.semicolon'))}</li>)}
            </ul>
          )}
          {undo && <Undo of={undo} close={() => setUndo(undefined)} />}
        </>
      )}
    </Shown>
  )
}

/** Brings a former version back: a draft like any other, which a second person publishes. */
function Undo({ of, close }: { of: Schemas['RuleVersion']; close: () => void }) {
  const { t } = useTranslation('rules')
  const [form] = Form.useForm<{ document: string; basis: string; from: Dayjs }>()
  const [key] = useState(newKey)
  const queries = useQueryClient()
  const { message } = App.useApp()
  const [, change] = useFilters(['tab', 'draft'] as const)
  const send = useMutation({
    mutationFn: (v: { document: string; basis: string; from: Dayjs }) =>
      ask(api.POST('/api/v1/rules/drafts', { params: { header: { 'Idempotency-Key': key } }, body: { document: v.document, basis: v.basis, effective_from: v.from.format('YYYY-MM-DD'), rows: [], undoes: of.n } })),
    onSuccess: (made) => {
      void message.success(t('draft.begun'))
      void queries.invalidateQueries({ queryKey: ['list'] })
      close()
      releaseAll()
      change({ tab: 'drafts', draft: made.id })
    },
  })
  return (
    <Modal open title={t('versions.undoTitle', { n: of.n })} onCancel={close} onOk={form.submit} confirmLoading={send.isPending} okText={t('draft.begin')} cancelText={t('common:action.cancel')}>
      <p>{t('versions.undoHelp')}</p>
      {send.error ? <Failed error={send.error} /> : null}
      <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} initialValues={{ from: wallOf() }}>
        <Form.Item name="document" label={t('draft.document')} extra={t('draft.documentHelp')} rules={[{ required: true, min: 2, message: t('draft.documentNeeded') }]}><Input maxLength={200} /></Form.Item>
        <Form.Item name="basis" label={t('draft.basis')} rules={[{ required: true, min: 4, message: t('draft.basisNeeded') }]}><Input.TextArea maxLength={2000} rows={3} /></Form.Item>
        <Form.Item name="from" label={t('draft.from')} rules={[{ required: true, message: t('draft.fromNeeded') }]}><DatePicker /></Form.Item>
      </Form>
    </Modal>
  )
}
