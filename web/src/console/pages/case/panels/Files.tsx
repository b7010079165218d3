import { CameraOutlined, FilePdfOutlined, UploadOutlined } from '@ant-design/icons'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Alert, App, Button, Card, Input, Modal, Progress, Select, Space, Tag, Typography } from 'antd'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, newKey, type Schemas } from '../../../../api/client'
import { leaveTheBody } from '../../../../evidence'
import { useHold } from '../../../../unsaved'
import { useMe } from '../../../session'
import { usePost } from '../../../ui/names'
import { Failed, Nothing, Shown } from '../../../ui/states'
import { Moment } from '../../../ui/time'
import { useWord } from '../../../ui/words'
import type { Case } from '../data'
import { useRenew } from './act'
import { Reason } from './Reason'
import { accepted, refusal, send } from './upload'

type CaseFile = Schemas['CaseFile']

const documents = ['acceptance_receipt', 'admission_register', 'approval_form', 'background_report', 'capacity_assessment', 'case_plan', 'catalogue', 'child_opinion', 'closing_report', 'conference_minutes', 'consent', 'decision', 'education_record', 'ending_decision', 'exam_record', 'feedback_form', 'filing_decision', 'handover_form', 'identity_proof', 'investigation_report', 'judgment', 'longterm_proof', 'medical_record', 'needs_list', 'not_filed_notice', 'other_side_receipt', 'petition', 'police_material', 'privacy_note', 'proof', 'protection_order', 'return_notice', 'risk_assessment', 'safety_plan', 'status_note']

/** 照片和材料: what is kept of a case, and what is added. */
export default function Files({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  // The links to the small pictures are good for a minute: they are drawn at once, and asked for anew when they are over.
  const asked = useQuery({ queryKey: ['files', of.id], queryFn: () => ask(api.GET('/api/v1/cases/{id}/files', { params: { path: { id: of.id } } })) })
  return (
    <Space orientation="vertical" size={12} style={{ width: '100%' }}>
      {of.may.includes('attach') && <Upload of={of} />}
      <Shown of={asked}>
        {(list) =>
          list.items.length === 0 ? (
            <Nothing text={t('files.none')} />
          ) : (
            <ul style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(260px, 100%), 1fr))', gap: 12 }} aria-label={t('tab.files')}>
              {list.items.map((f) => <li key={f.id}><Item of={of} file={f} again={() => void asked.refetch()} /></li>)}
            </ul>
          )
        }
      </Shown>
    </Space>
  )
}

interface Sending {
  file: File
  key: string
  fields: Record<string, string>
  percent: number
  error?: unknown
}

function Upload({ of }: { of: Case }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  const picker = useRef<HTMLInputElement>(null)
  const camera = useRef<HTMLInputElement>(null)
  const [purpose, setPurpose] = useState('photo')
  const [document, setDocument] = useState<string>()
  const [compartment, setCompartment] = useState('ordinary')
  const [caption, setCaption] = useState('')
  const [sending, setSending] = useState<Sending[]>([])
  useHold(sending.length > 0 || caption.trim() !== '')
  // Who is told neither the situations nor that it is in the compartment is warned all the same.
  const careful = of.compartment || (of.kind === 'report' && !of.situations?.length) || leaveTheBody(of.situations ?? [])

  async function put(one: Sending) {
    const change = (to: Partial<Sending>) => setSending((all) => all.map((s) => (s.key === one.key ? { ...s, ...to } : s)))
    change({ error: undefined, percent: 0 })
    try {
      await send(of.id, one.key, one.file, one.fields, (percent) => change({ percent }))
      setSending((all) => all.filter((s) => s.key !== one.key))
      void message.success(t('files.sent'))
      renew()
    } catch (error) {
      change({ error })
    }
  }

  async function take(list: FileList | null) {
    const chosen: Sending[] = []
    for (const file of list ?? []) {
      const why = refusal(file)
      if (why) void message.error(file.name + t('common:mark.colon') + t(`files.refused.${why}`), 8)
      else chosen.push({ file, key: newKey(), fields: { purpose, compartment, document: purpose === 'document' ? (document ?? '') : '', caption: caption.trim() }, percent: 0 })
    }
    setSending((all) => [...all, ...chosen])
    for (const one of chosen) await put(one) // one at a time: a cheap phone has little memory
    if (chosen.length) setCaption('')
  }

  const input = (ref: typeof picker, capture: boolean) => (
    <input
      ref={ref}
      type="file"
      hidden
      tabIndex={-1}
      aria-hidden
      accept={capture ? 'image/*' : accepted}
      capture={capture ? 'environment' : undefined}
      multiple={!capture}
      data-testid={capture ? 'camera' : 'file'}
      onChange={(e) => {
        void take(e.target.files).finally(() => {
          e.target.value = ''
        })
      }}
    />
  )
  return (
    <Card size="small" title={t('files.add')} className="no-print">
      {careful && <Alert type="warning" showIcon title={word('advice.evidence')} style={{ marginBottom: 12 }} />}
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
        <Select aria-label={t('files.purpose')} value={purpose} onChange={setPurpose} style={{ minWidth: 150 }} options={['photo', 'document', 'proof', 'evidence'].map((p) => ({ value: p, label: t(`files.purposes.${p}`) }))} />
        {purpose === 'document' && (
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} aria-label={t('files.document')} placeholder={t('files.document')} value={document} onChange={(v?: string) => setDocument(v)} style={{ minWidth: 180 }} options={documents.map((d) => ({ value: d, label: word(`document.${d}`) }))} />
        )}
        <Select aria-label={t('files.compartment')} value={of.compartment && compartment === 'ordinary' ? 'narrative' : compartment} onChange={setCompartment} style={{ minWidth: 150 }} options={['ordinary', 'narrative', 'medical', 'address'].filter((c) => !(of.compartment && c === 'ordinary')).map((c) => ({ value: c, label: t(`part.${c}`) }))} />
        <Input aria-label={t('files.caption')} placeholder={t('files.caption')} value={caption} maxLength={500} onChange={(e) => setCaption(e.target.value)} style={{ flex: '1 1 200px' }} />
      </div>
      <Space wrap style={{ marginTop: 8 }}>
        <Button type="primary" icon={<UploadOutlined />} onClick={() => picker.current?.click()}>{t('files.choose')}</Button>
        <Button icon={<CameraOutlined />} onClick={() => camera.current?.click()}>{t('files.camera')}</Button>
        {input(picker, false)}
        {input(camera, true)}
      </Space>
      <div><Typography.Text type="secondary">{t('files.limits')}{purpose === 'evidence' ? ` ${t('files.evidenceHelp')}` : ''}{purpose === 'photo' ? ` ${t('files.photoHelp')}` : ''}</Typography.Text></div>
      {sending.map((s) => (
        <div key={s.key} role="status" style={{ marginTop: 8 }}>
          {s.file.name}
          {s.error ? (
            <>
              <Failed error={s.error} again={() => void put(s)} />
              <Button type="link" onClick={() => setSending((all) => all.filter((o) => o.key !== s.key))}>{t('files.drop')}</Button>
            </>
          ) : (
            <Progress percent={s.percent} size="small" aria-label={s.file.name} />
          )}
        </div>
      ))}
    </Card>
  )
}

/** How many bytes as people say it. */
function size(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

function Item({ of, file: f, again }: { of: Case; file: CaseFile; again: () => void }) {
  const { t } = useTranslation('panels')
  const me = useMe()
  const word = useWord()
  const post = usePost()
  const [shown, setShown] = useState<string>()
  const [broken, setBroken] = useState('')
  const [withdrawing, setWithdrawing] = useState(false)
  const link = useMutation({
    mutationFn: (part: 'shown' | 'original') => ask(api.POST('/api/v1/files/{id}/link', { params: { path: { id: f.id } }, body: { part } })),
    onSuccess: ({ url }, part) => {
      if (part === 'shown' && f.media !== 'application/pdf') setShown(url)
      else window.location.assign(url) // an attachment: the page stays
    },
  })
  const title = f.document ? word(`document.${f.document}`) : t(`files.purposes.${f.purpose}`)
  const name = f.caption || f.name || title
  const mine = f.person === me.person || me.posts.some((p) => p.post === of.owner)
  return (
    <Card size="small" styles={{ body: { overflowWrap: 'anywhere' } }}>
      {f.preview && f.preview !== broken ? (
        <button type="button" onClick={() => link.mutate('shown')} aria-label={t('files.openNamed', { name })} style={{ display: 'block', width: '100%', height: 150, padding: 0, border: 0, background: 'none', cursor: 'pointer' }}>
          <img
            src={f.preview}
            alt={name}
            style={{ width: '100%', height: 150, objectFit: 'contain' }}
            onError={() => {
              setBroken(f.preview ?? '')
              again()
            }}
          />
        </button>
      ) : (
        <div style={{ height: 60, fontSize: 40, lineHeight: '60px', textAlign: 'center' }} aria-hidden>{f.media === 'application/pdf' ? <FilePdfOutlined /> : null}</div>
      )}
      <div><strong>{title}</strong> {f.compartment !== 'ordinary' && <Tag color="purple">{t(`part.${f.compartment}`)}</Tag>} {f.withdrawn_at && <Tag>{t('files.withdrawn')}</Tag>}</div>
      {f.caption && <div>{f.caption}</div>}
      <Typography.Text type="secondary">
        {f.name ? `${f.name} · ` : ''}{size(f.bytes)} · <Moment at={f.uploaded_at} />
        <br />
        {f.post ? post(f.post) : t('files.byReporter')}{f.person === me.person ? t('timeline.me') : ''}
      </Typography.Text>
      {f.original_sha256 && (
        <Typography.Paragraph type="secondary" copyable={{ text: f.original_sha256, tooltips: false }} style={{ margin: 0, fontSize: 12 }}>
          {t('files.sha256')} <span className="numeric">{f.original_sha256}</span>
        </Typography.Paragraph>
      )}
      {link.error && <Failed error={link.error} />}
      {!f.withdrawn_at && (
        <Space wrap size={4} className="no-print">
          <Button size="small" loading={link.isPending} onClick={() => link.mutate('shown')}>{f.media === 'application/pdf' ? t('files.download') : t('files.open')}</Button>
          {f.original && <Button size="small" onClick={() => link.mutate('original')}>{t('files.original')}</Button>}
          {mine && <Button size="small" danger onClick={() => setWithdrawing(true)}>{t('files.withdraw')}</Button>}
        </Space>
      )}
      {shown && (
        <Modal open title={name} footer={null} onCancel={() => setShown(undefined)} width="min(1100px, 96vw)">
          <img src={shown} alt={name} style={{ maxWidth: '100%', maxHeight: '75vh', display: 'block', margin: '0 auto' }} />
        </Modal>
      )}
      {withdrawing && <Withdraw of={of} file={f} close={() => setWithdrawing(false)} />}
    </Card>
  )
}

function Withdraw({ of, file, close }: { of: Case; file: CaseFile; close: () => void }) {
  const { t } = useTranslation('panels')
  const { message } = App.useApp()
  const renew = useRenew(of.id)
  const take = useMutation({
    mutationFn: (reason: string) => ask(api.POST('/api/v1/files/{id}/withdraw', { params: { path: { id: file.id } }, body: { reason } })),
    onSuccess: () => {
      void message.success(t('files.withdrawn'))
      renew()
      close()
    },
  })
  return <Reason title={t('files.withdraw')} help={t('files.withdrawHelp')} busy={take.isPending} error={take.error} close={close} give={take.mutate} />
}
