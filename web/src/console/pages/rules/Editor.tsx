import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Card, DatePicker, Form, Input, InputNumber, Select, Space, Switch } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey, Problem, type Schemas } from '../../../api/client'
import { Failed, Shown } from '../../ui/states'
import { wallOf } from '../../ui/wall'
import { useLabel, useWord } from '../../ui/words'
import { colourOf, useRules, type Deadline } from './rules'

type Row = Schemas['Amendment']

function rowOf(d: Deadline): Row {
  return { id: d.id, class: d.class, span: d.span, then: d.then, roll: d.roll, pausable: d.pausable, ladder: d.ladder, spread: d.spread, source: d.source, article: d.article }
}

interface Props {
  of?: Schemas['RuleDraft']
  done: (id?: string) => void
}

/** Writes a draft: its basis, and the rows that change. */
export function Editor(props: Props) {
  const rules = useRules()
  return <Shown of={rules}>{(r) => <Sheet rules={r} {...props} />}</Shown>
}

function Sheet({ rules, of, done }: Props & { rules: Schemas['Rules'] }) {
  const { t } = useTranslation('rules')
  const label = useLabel()
  const word = useWord()
  const queries = useQueryClient()
  const { message } = App.useApp()
  const [key] = useState(newKey)
  const [document, setDocument] = useState(of?.document ?? '')
  const [basis, setBasis] = useState(of?.basis ?? '')
  const [from, setFrom] = useState(of ? dayjs(of.effective_from) : wallOf())
  const [rows, setRows] = useState<Row[]>([...(of?.rows ?? [])])
  const send = useMutation({
    mutationFn: async () => {
      const body = { document: document.trim(), basis: basis.trim(), effective_from: from.format('YYYY-MM-DD'), rows }
      if (!of) return (await ask(api.POST('/api/v1/rules/drafts', { params: { header: { 'Idempotency-Key': key } }, body }))).id
      await ask(api.PUT('/api/v1/rules/drafts/{id}', { params: { path: { id: of.id } }, body: { ...body, revision: of.revision } }))
      return of.id
    },
    onSuccess: (id) => {
      void message.success(t('draft.saved'))
      void queries.invalidateQueries({ queryKey: ['list'] })
      done(id)
    },
  })
  const faults = send.error instanceof Problem ? send.error.errors : []
  const known = new Map(rules.deadlines.map((d) => [d.id, d]))
  const name = (d: Deadline) => `${label(d.name)}${colourOf(d) ? ` · ${t(`common:colour.${colourOf(d) as 'red'}`)}` : ''}`
  const set = (id: string, change: Partial<Row>) => setRows((all) => all.map((r) => (r.id === id ? { ...r, ...change } : r)))
  const units = (['minute', 'hour', 'day', 'workday', 'month', 'year', ...(rules.policy === 'drill' ? ['second'] : [])]).map((u) => ({ value: u, label: word(`unit.${u}`) }))
  const ladders = [...new Set(rules.ladders.map((l) => l.id.split('/')[0] ?? l.id))]
  const ready = document.trim().length >= 2 && basis.trim().length >= 4 && rows.length > 0
  return (
    <Form layout="vertical" style={{ maxWidth: 900 }}>
      <Form.Item label={t('draft.document')} htmlFor="draft-document" extra={t('draft.documentHelp')} required>
        <Input id="draft-document" value={document} maxLength={200} onChange={(e) => setDocument(e.target.value)} />
      </Form.Item>
      <Form.Item label={t('draft.basis')} htmlFor="draft-basis" extra={t('draft.basisHelp')} required>
        <Input.TextArea id="draft-basis" value={basis} rows={3} maxLength={2000} onChange={(e) => setBasis(e.target.value)} />
      </Form.Item>
      <Form.Item label={t('draft.from')} htmlFor="draft-from" required>
        <DatePicker id="draft-from" value={from} allowClear={false} onChange={(v) => setFrom(v ?? wallOf())} />
      </Form.Item>
      <Form.Item label={t('draft.addRow')} htmlFor="draft-row">
        <Select
          id="draft-row"
          showSearch={{ optionFilterProp: 'label' }}
          value={null}
          placeholder={t('draft.addRowHint')}
          options={rules.deadlines.filter((d) => !rows.some((r) => r.id === d.id)).map((d) => ({ value: d.id, label: `${name(d)}${d.class === 'S' ? ` (${t('classes.S')})` : ''}` }))}
          onChange={(id: string) => { const d = known.get(id); if (d) setRows((all) => [...all, rowOf(d)]) }}
        />
      </Form.Item>
      {rows.map((r) => {
        const d = known.get(r.id)
        if (!d) return null
        const law = d.class === 'S'
        const own = faults.filter((f) => f.field.startsWith(`${r.id}.`) || f.field === r.id)
        return (
          <Card key={r.id} size="small" title={name(d)} style={{ marginBottom: 12 }} extra={<Button size="small" onClick={() => setRows((all) => all.filter((x) => x.id !== r.id))}>{t('draft.dropRow')}</Button>}>
            {law && <Alert type="info" showIcon title={t('draft.locked')} style={{ marginBottom: 8 }} />}
            {own.map((f) => <Alert key={f.field + f.reason} type="error" showIcon title={f.message} style={{ marginBottom: 8 }} />)}
            <Space wrap align="end">
              <Form.Item label={t('column.length')} htmlFor={`v-${r.id}`}>
                <Space.Compact>
                  <InputNumber id={`v-${r.id}`} min={1} disabled={law} value={r.span.value} onChange={(v) => set(r.id, { span: { ...r.span, value: v ?? 1 } })} />
                  <Select aria-label={t('draft.unit')} disabled={law} value={r.span.unit} options={units} onChange={(unit: string) => set(r.id, { span: { ...r.span, unit } })} style={{ minWidth: 110 }} />
                </Space.Compact>
              </Form.Item>
              <Form.Item label={t('draft.roll')}><Switch aria-label={t('draft.roll')} disabled={law || d.protective} checked={r.roll === 'next_workday'} onChange={(on) => set(r.id, { roll: on ? 'next_workday' : 'none' })} /></Form.Item>
              <Form.Item label={t('draft.pausable')}><Switch aria-label={t('draft.pausable')} disabled={(law && !d.pausable) || d.protective} checked={r.pausable} onChange={(pausable) => set(r.id, { pausable })} /></Form.Item>
              <Form.Item label={t('column.ladder')} htmlFor={`l-${r.id}`}><Select id={`l-${r.id}`} value={r.ladder} style={{ minWidth: 130 }} options={ladders.map((l) => ({ value: l, label: t(`ladders.${l}` as 'ladders.report', { defaultValue: l }) }))} onChange={(ladder: string) => set(r.id, { ladder })} /></Form.Item>
              <Form.Item label={t('draft.spread')} htmlFor={`s-${r.id}`}>
                <Space.Compact>
                  <InputNumber id={`s-${r.id}`} min={0} value={r.spread.value} onChange={(v) => set(r.id, { spread: v ? { value: v, unit: r.spread.unit || 'minute' } : { value: 0, unit: '' } })} />
                  <Select aria-label={t('draft.spreadUnit')} value={r.spread.unit || 'minute'} options={units} onChange={(unit: string) => set(r.id, { spread: { ...r.spread, unit } })} style={{ minWidth: 110 }} />
                </Space.Compact>
              </Form.Item>
            </Space>
            {(r.then ?? []).map((leg, i) => (
              <Form.Item key={`${r.id}${String(i)}`} label={t('draft.then', { n: i + 1 })}>
                <Space.Compact>
                  <InputNumber aria-label={t('draft.then', { n: i + 1 })} min={1} disabled={law} value={leg.span.value} onChange={(v) => set(r.id, { then: (r.then ?? []).map((x, j) => (j === i ? { ...x, span: { ...x.span, value: v ?? 1 } } : x)) })} />
                  <Select aria-label={t('draft.unit')} disabled={law} value={leg.span.unit} options={units} onChange={(unit: string) => set(r.id, { then: (r.then ?? []).map((x, j) => (j === i ? { ...x, span: { ...x.span, unit } } : x)) })} style={{ minWidth: 110 }} />
                  <InputNumber aria-label={t('draft.times')} min={0} disabled={law} value={leg.times} suffix={t('draft.timesUnit')} onChange={(v) => set(r.id, { then: (r.then ?? []).map((x, j) => (j === i ? { ...x, times: v ?? 0 } : x)) })} />
                </Space.Compact>
              </Form.Item>
            ))}
            <Space wrap align="end" style={{ width: '100%' }}>
              <Form.Item label={t('class')} htmlFor={`c-${r.id}`}><Select id={`c-${r.id}`} disabled={law} value={r.class} style={{ minWidth: 130 }} options={(law ? (['S'] as const) : (['P', 'L'] as const)).map((c) => ({ value: c, label: t(`classes.${c}`) }))} onChange={(c: string) => set(r.id, { class: c })} /></Form.Item>
              <Form.Item label={t('draft.source')} htmlFor={`d-${r.id}`}><Input id={`d-${r.id}`} disabled={law} value={r.source} maxLength={200} onChange={(e) => set(r.id, { source: e.target.value })} style={{ width: 300, maxWidth: '100%' }} /></Form.Item>
              {!law && <Form.Item><Button onClick={() => set(r.id, { source: document.trim(), article: undefined })}>{t('draft.useDocument')}</Button></Form.Item>}
            </Space>
          </Card>
        )
      })}
      {send.error ? <Failed error={send.error} /> : null}
      {faults.filter((f) => !rows.some((r) => f.field.startsWith(r.id))).map((f) => <Alert key={f.field} type="error" title={`${f.field} ${f.message}`} style={{ marginTop: 8 }} />)}
      <Space style={{ marginTop: 12 }}>
        <Button type="primary" disabled={!ready} loading={send.isPending} onClick={() => send.mutate()}>{t('common:action.save')}</Button>
        <Button onClick={() => done()}>{t('common:action.cancel')}</Button>
      </Space>
    </Form>
  )
}
