import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, Modal, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey, Problem } from '../../../api/client'
import { Failed } from '../../ui/states'

/** Imports a year's table: shows what it changes first, and every fault with its line. */
export function Import({ close }: { close: () => void }) {
  const { t } = useTranslation('rules')
  const queries = useQueryClient()
  const { message } = App.useApp()
  const [yaml, setYaml] = useState('')
  const [name, setName] = useState('calendar.yaml')
  const [key] = useState(newKey)
  const preview = useMutation({ mutationFn: () => ask(api.POST('/api/v1/calendars/preview', { body: { name, yaml } })) })
  const send = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/calendars', { params: { header: { 'Idempotency-Key': key } }, body: { name, yaml } })),
    onSuccess: (done) => {
      void message.success(t('import.done', { to: done.to, count: done.cases }))
      void queries.invalidateQueries({ queryKey: ['list'] })
      close()
    },
  })
  const error = send.error ?? preview.error
  const p = preview.data
  const write = (text: string) => {
    setYaml(text)
    preview.reset()
  }
  return (
    <Modal
      open
      width={720}
      title={t('import.title')}
      onCancel={close}
      cancelText={t('common:action.cancel')}
      okText={p ? t('import.import') : t('import.preview')}
      okButtonProps={{ disabled: !yaml.trim() }}
      confirmLoading={preview.isPending || send.isPending}
      onOk={() => (p ? send.mutate() : preview.mutate())}
    >
      <p>{t('import.about')}</p>
      <Button onClick={() => document.getElementById('calendar-file')?.click()}>{t('import.file')}</Button>
      <input
        id="calendar-file"
        type="file"
        accept=".yaml,.yml"
        hidden
        aria-label={t('import.file')}
        onChange={(e) => {
          const file = e.target.files?.[0]
          if (!file) return
          setName(file.name.toLowerCase().replace(/[^a-z0-9._-]/g, '-').slice(0, 100) || 'calendar.yaml')
          void file.text().then(write)
        }}
      />
      <Input.TextArea aria-label={t('import.text')} placeholder={t('import.text')} value={yaml} onChange={(e) => write(e.target.value)} rows={10} maxLength={200000} style={{ margin: '12px 0', fontFamily: 'monospace' }} />
      {error ? <Failed error={error} /> : null}
      {error instanceof Problem && error.errors.map((f) => <Alert key={f.field + f.message} type="error" title={f.field.startsWith('yaml:') ? t('import.line', { line: f.field.slice(5), fault: f.message }) : f.message} style={{ marginTop: 6 }} />)}
      {p && (
        <section aria-label={t('import.changes')}>
          <p>{t('import.found', { from: p.from, to: p.to, workdays: p.workdays, covered: p.covered })}</p>
          <p>{t('import.recount', { cases: p.cases, provisional: p.provisional, moves: p.moves, remaining: p.remaining })}</p>
          {p.days.length === 0 ? <Typography.Text>{t('import.same')}</Typography.Text> : (
            <ul style={{ maxHeight: 220, overflow: 'auto', paddingInlineStart: 20 }}>
              {p.days.map((d) => <li key={d.date} className="numeric">{d.date}: {t(`dayKind.${d.before}`)} → {t(`dayKind.${d.after}`)}</li>)}
            </ul>
          )}
        </section>
      )}
    </Modal>
  )
}
