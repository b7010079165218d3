import { DownloadOutlined, InboxOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Card, Checkbox, Collapse, Result, Select, Space, Statistic, Table, Tag, Typography, Upload } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { usePost } from '../../ui/names'
import { Failed } from '../../ui/states'

type Answer = Schemas['OrganisationImport']
type Change = Schemas['SheetChange']

/** Saves a file that was asked for. */
function save(blob: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

function send(file: File, whole: boolean, confirm?: string) {
  const form = new FormData()
  form.set('file', file)
  if (whole) form.set('whole', 'true')
  if (confirm) form.set('confirm', confirm)
  return ask(api.POST('/api/v1/organisation/import', { body: { file: '' }, bodySerializer: () => form }))
}

/** The organisation as a sheet: out, in, and between the two a look at what would change. */
export function Import() {
  const { t } = useTranslation(['people', 'common'])
  const queries = useQueryClient()
  const [file, setFile] = useState<File>()
  const [whole, setWhole] = useState(false)
  const look = useMutation({ mutationFn: (f: File) => send(f, whole) })
  const apply = useMutation({
    mutationFn: (digest: string) => send(file as File, whole, digest),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['list'] })
      void queries.invalidateQueries({ queryKey: ['directory'] })
    },
  })
  const get = useMutation({
    mutationFn: async (of: { form: 'xlsx' | 'csv'; template: boolean }) => {
      const blob = await ask(api.GET('/api/v1/organisation/sheet', { params: { query: of }, parseAs: 'blob' }) as Promise<{ data?: Blob; error?: unknown; response: Response }>)
      save(blob, `${t(of.template ? 'templateName' : 'exportName')}.${of.form}`)
    },
  })
  function start(f?: File) {
    setFile(f)
    look.reset()
    apply.reset()
    if (f) look.mutate(f)
  }
  if (apply.data?.applied) {
    return (
      <Result
        status="success"
        title={t('imported', { count: apply.data.changes.length })}
        subTitle={t('importedHelp')}
        extra={<Button type="primary" onClick={() => start()}>{t('importAgain')}</Button>}
      />
    )
  }
  return (
    <div style={{ maxWidth: 1000 }}>
      <Typography.Paragraph type="secondary">{t('importHelp')}</Typography.Paragraph>
      <Space wrap style={{ marginBottom: 12 }}>
        <Button icon={<DownloadOutlined />} loading={get.isPending} onClick={() => get.mutate({ form: 'xlsx', template: true })}>{t('template')}</Button>
        <Button icon={<DownloadOutlined />} loading={get.isPending} onClick={() => get.mutate({ form: 'xlsx', template: false })}>{t('exportXlsx')}</Button>
        <Button icon={<DownloadOutlined />} loading={get.isPending} onClick={() => get.mutate({ form: 'csv', template: false })}>{t('exportCsv')}</Button>
      </Space>
      {get.error ? <Failed error={get.error} /> : null}
      <Checkbox
        checked={whole}
        onChange={(e) => {
          setWhole(e.target.checked)
          start()
        }}
        style={{ display: 'flex', marginBottom: 12 }}
      >
        {t('whole')}
      </Checkbox>
      <Upload.Dragger accept=".xlsx,.csv" maxCount={1} showUploadList={false} beforeUpload={(f) => { start(f); return false }} disabled={look.isPending || apply.isPending}>
        <p><InboxOutlined style={{ fontSize: 32 }} aria-hidden /></p>
        <p>{file ? file.name : t('drop')}</p>
        <p><Typography.Text type="secondary">{t('dropHelp')}</Typography.Text></p>
      </Upload.Dragger>
      <div aria-live="polite" style={{ marginTop: 12 }}>
        {look.isPending && <Alert type="info" title={t('reading')} />}
        {look.error ? <Failed error={look.error} again={() => file && look.mutate(file)} /> : null}
        {look.data && <Preview of={look.data} whole={whole} />}
        {apply.error ? <Failed error={apply.error} again={() => file && start(file)} /> : null}
      </div>
      {look.data && look.data.faults.length === 0 && look.data.changes.length > 0 && (
        <Space style={{ marginTop: 12 }}>
          <Button type="primary" danger={whole} loading={apply.isPending} onClick={() => apply.mutate(look.data.digest)}>{t('apply', { count: look.data.changes.length })}</Button>
          <Button onClick={() => start()} disabled={apply.isPending}>{t('common:action.cancel')}</Button>
        </Space>
      )}
    </div>
  )
}

const kinds: Change['kind'][] = [
  'place_new', 'place_renamed', 'unit_new', 'unit_changed', 'post_new', 'person_new', 'person_changed', 'holder_start', 'holder_end', 'deputy_start', 'deputy_end',
]

function Preview({ of, whole }: { of: Answer; whole: boolean }) {
  const { t } = useTranslation('people')
  const post = usePost()
  const [kind, setKind] = useState<Change['kind']>()
  const count = (k: Change['kind']) => of.changes.filter((c) => c.kind === k).length
  const there = kinds.filter((k) => count(k) > 0)
  return (
    <>
      {of.faults.length > 0 ? (
        <>
          <Alert type="error" showIcon title={t('faulty', { count: of.faults.length })} description={t('faultyHelp')} style={{ marginBottom: 12 }} />
          <Table
            size="small"
            rowKey={(f) => `${f.sheet}${f.row}${f.column}${f.reason}${f.value}`}
            dataSource={of.faults}
            pagination={{ pageSize: 50, hideOnSinglePage: true }}
            scroll={{ x: 560 }}
            columns={[
              { title: t('cell'), key: 'cell', width: 150, render: (_, f) => (f.row ? t('cellAt', { sheet: t(`sheet.${f.sheet as 'posts'}`), row: f.row, letter: f.letter ?? '' }) : '—') },
              { title: t('column'), key: 'column', width: 110, render: (_, f) => (f.column ? t(`col.${f.column as 'name'}`) : '—') },
              { title: t('written'), dataIndex: 'value', width: 140 },
              { title: t('shouldBe'), dataIndex: 'words' },
            ]}
          />
        </>
      ) : of.changes.length === 0 ? (
        <Alert type="success" showIcon title={t('same', { count: of.rows })} />
      ) : (
        <>
          <Alert type="info" showIcon title={t('changes', { rows: of.rows, count: of.changes.length })} style={{ marginBottom: 12 }} />
          <Card size="small" style={{ marginBottom: 12 }}>
            <Space wrap size={[24, 8]}>
              {there.map((k) => <Statistic key={k} title={t(`change.${k}`)} value={count(k)} styles={{ content: { fontSize: 20 } }} />)}
            </Space>
          </Card>
          <Select
            allowClear
            aria-label={t('changeKind')}
            placeholder={t('changeKind')}
            value={kind}
            onChange={(k?: Change['kind']) => setKind(k)}
            options={there.map((k) => ({ value: k, label: t(`change.${k}`) }))}
            style={{ minWidth: 180, marginBottom: 8 }}
          />
          <Table
            size="small"
            rowKey={(c) => `${c.kind}${c.post ?? ''}${c.code ?? ''}${c.name ?? ''}${c.phone ?? ''}${c.login ?? ''}`}
            dataSource={kind ? of.changes.filter((c) => c.kind === kind) : of.changes}
            pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
            scroll={{ x: 560 }}
            columns={[
              { title: t('changeKind'), key: 'kind', width: 130, render: (_, c) => <Tag color={c.kind.endsWith('_end') ? 'error' : c.kind.endsWith('_new') || c.kind.endsWith('_start') ? 'green' : 'blue'}>{t(`change.${c.kind}`)}</Tag> },
              { title: t('where'), key: 'where', render: (_, c) => (c.post ? named(c, post(c.post)) : [c.place, c.code].filter(Boolean).join(' ') || '—') },
              { title: t('what'), key: 'what', render: (_, c) => [c.was && t('was', { was: c.was }), c.name, c.phone, c.login].filter(Boolean).join(' · ') || '—' },
            ]}
          />
        </>
      )}
      <Gone of={of} whole={whole} />
    </>
  )
}

/** A post that the directory does not know yet is called as the sheet calls it. */
function named(c: Change, known: string): string {
  return c.place && !known.includes(c.place) ? `${c.place} · ${known.split(' · ').at(-1) ?? ''}` : known
}

function Gone({ of, whole }: { of: Answer; whole: boolean }) {
  const { t } = useTranslation('people')
  const post = usePost()
  const g = of.gone
  const items = [
    g.people.length > 0 && { key: 'people', label: t('gone.people', { count: g.people.length }), children: g.people.join(t('common:mark.list')) },
    g.posts.length > 0 && { key: 'posts', label: t(whole ? 'gone.postsWhole' : 'gone.posts', { count: g.posts.length }), children: g.posts.slice(0, 200).map(post).join(t('common:mark.semicolon')) },
    g.places.length > 0 && { key: 'places', label: t('gone.places', { count: g.places.length }), children: g.places.slice(0, 200).map((p) => p.name).join(t('common:mark.list')) },
    g.units.length > 0 && { key: 'units', label: t('gone.units', { count: g.units.length }), children: g.units.map((u) => u.title).join(t('common:mark.list')) },
  ].filter((item) => !!item)
  return items.length > 0 ? <Collapse style={{ marginTop: 12 }} items={items} /> : null
}
