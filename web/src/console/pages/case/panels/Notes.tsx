import { Alert, App, Button, Card, Checkbox, Form, Input, Radio, Select, Tabs, Tag } from 'antd'
import type { Dayjs } from 'dayjs'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../../api/client'
import { LongList, usePages } from '../../../ui/list'
import { usePost } from '../../../ui/names'
import { useOnce } from '../../../ui/once'
import { Risk } from '../../../ui/risk'
import { Failed, Nothing } from '../../../ui/states'
import { Moment } from '../../../ui/time'
import { TimeInput } from '../../../ui/TimeInput'
import { onTheWall, wallOf } from '../../../ui/wall'
import { useWord } from '../../../ui/words'
import type { Case, Event } from '../data'
import { useRenew } from './act'
import { Values, Words } from './values'

interface Visit {
  outcome: Schemas['VisitBody']['outcome']
  colour?: Schemas['VisitBody']['colour']
  alone?: boolean
  occurred?: Dayjs
  text?: string
}

interface Note {
  text: string
  occurred?: Dayjs
}

const outcomes: Visit['outcome'][] = ['met', 'absent', 'refused', 'away', 'boarding', 'hospital', 'moved']
const kinds = ['visit', 'note']

/** 走访与备注: what was seen and what colleagues are to know. */
export default function Notes({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const post = usePost()
  const list = usePages<Event>(['facts', of.id], async (cursor) => {
    const page = await ask(api.GET('/api/v1/cases/{id}/events', { params: { path: { id: of.id }, query: { cursor, limit: 200, order: 'newest' } } }))
    return { items: page.items.filter((e) => kinds.includes(e.fact_kind ?? '')), next: page.next }
  })
  const waiting = of.awaiting.filter((f) => kinds.includes(f.kind))
  const forms = [
    ...(of.may.includes('visit') ? [{ key: 'visit', label: t('notes.visit'), children: <VisitForm of={of} /> }] : []),
    ...(of.may.includes('note') ? [{ key: 'note', label: t('notes.note'), children: <NoteForm of={of} /> }] : []),
  ]
  return (
    <>
      {forms.length > 0 && (
        <Card size="small" className="no-print" style={{ marginBottom: 12 }}>
          <Tabs size="small" items={forms} />
        </Card>
      )}
      {waiting.map((f) => (
        <Alert key={f.id} type="info" showIcon title={<>{word(`fact.${f.kind}`)} · <Moment at={f.occurred_at} /> {t('notes.waiting')}</>} style={{ marginBottom: 8 }} />
      ))}
      <LongList
        of={list}
        id={(e) => `${e.seq}.${e.index}`}
        label={t('tab.notes')}
        height={80}
        empty={list.hasNextPage ? undefined : <Nothing text={t('notes.none')} />}
        row={(e) => (
          <Card size="small" style={{ marginBottom: 8, overflowWrap: 'anywhere' }}>
            <strong>{word(`fact.${e.fact_kind}`)}</strong> <Tag><Moment at={e.due ?? e.at} /></Tag> {post(e.actor?.post)}
            <Values fields={e.fields} />
            <Words words={e.sealed} />
          </Card>
        )}
      />
    </>
  )
}

function useFact<T>(of: Case, put: (body: T, key: string) => Promise<unknown>, done: () => void) {
  const { t } = useTranslation('panels')
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  return useOnce(put, {
    onSuccess: () => {
      void message.success(t('notes.kept'))
      renew()
      done()
    },
  })
}

function Occurred() {
  const { t } = useTranslation('panels')
  return (
    <Form.Item name="occurred" label={t('notes.occurred')} extra={t('notes.occurredHelp')}>
      <TimeInput maxDate={wallOf()} style={{ maxWidth: 260 }} />
    </Form.Item>
  )
}

function VisitForm({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const [form] = Form.useForm<Visit>()
  const send = useFact<Visit>(
    of,
    ({ occurred, ...body }, key) =>
      ask(api.POST('/api/v1/cases/{id}/visits', { params: { path: { id: of.id }, header: { 'Idempotency-Key': key } }, body: { ...body, occurred_at: occurred && onTheWall(occurred) } })),
    () => form.resetFields(),
  )
  return (
    <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)}>
      <Alert type="info" showIcon title={t('notes.visitHelp')} style={{ marginBottom: 12 }} />
      {send.error && <Failed error={send.error} />}
      <Form.Item name="outcome" label={t('notes.outcome')} extra={t('notes.outcomeHelp')} rules={[{ required: true, message: t('needed') }]}>
        <Radio.Group options={outcomes.map((o) => ({ value: o, label: word(`enum.outcome.${o}`, `enum.${o}`) }))} />
      </Form.Item>
      <Form.Item name="alone" valuePropName="checked">
        <Checkbox>{t('notes.alone')}</Checkbox>
      </Form.Item>
      <Form.Item name="colour" label={t('notes.colour')} extra={t('notes.colourHelp')}>
        <Select allowClear style={{ maxWidth: 260 }} options={(['red', 'yellow', 'blue', 'green'] as const).map((c) => ({ value: c, label: <Risk colour={c} /> }))} />
      </Form.Item>
      <Occurred />
      <Form.Item name="text" label={t('notes.seen')} extra={t('notes.seenHelp')}>
        <Input.TextArea maxLength={4000} autoSize={{ minRows: 3 }} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={send.isPending}>{t('notes.keepVisit')}</Button>
    </Form>
  )
}

function NoteForm({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const [form] = Form.useForm<Note>()
  const send = useFact<Note>(
    of,
    ({ occurred, text }, key) =>
      ask(api.POST('/api/v1/cases/{id}/notes', { params: { path: { id: of.id }, header: { 'Idempotency-Key': key } }, body: { text, occurred_at: occurred && onTheWall(occurred) } })),
    () => form.resetFields(),
  )
  return (
    <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)}>
      {send.error && <Failed error={send.error} />}
      <Form.Item name="text" label={t('notes.text')} rules={[{ required: true, whitespace: true, message: t('needed') }]}>
        <Input.TextArea maxLength={4000} autoSize={{ minRows: 3 }} />
      </Form.Item>
      <Occurred />
      <Button type="primary" htmlType="submit" loading={send.isPending}>{t('notes.keepNote')}</Button>
    </Form>
  )
}
