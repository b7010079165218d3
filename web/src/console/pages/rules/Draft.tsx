import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, Input, Modal, Space, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { usePost } from '../../ui/names'
import { Failed, Shown } from '../../ui/states'
import { Changes } from './Changes'
import { Status, useMove } from './Drafts'
import { Editor } from './Editor'
import { useReach } from './rules'
import { Simulations } from './Simulations'

/** One draft: what it changes, what it would have made of past cases, and who agrees to it. */
export function Draft({ id, back }: { id: string; back: () => void }) {
  const { t } = useTranslation('rules')
  const draft = useQuery({ queryKey: ['list', 'rule-draft', id], queryFn: () => ask(api.GET('/api/v1/rules/drafts/{id}', { params: { path: { id } } })) })
  return (
    <>
      <Button type="link" style={{ padding: 0, marginBottom: 8 }} onClick={back}>{t('draft.all')}</Button>
      <Shown of={draft}>{(d) => <Shape of={d} />}</Shown>
    </>
  )
}

function Shape({ of }: { of: Schemas['RuleDraft'] }) {
  const { t } = useTranslation('rules')
  const post = usePost()
  const reach = useReach()
  const [editing, setEditing] = useState(false)
  const [asked, setAsked] = useState<'publish' | 'decline' | 'withdraw'>()
  const [remark, setRemark] = useState('')
  const move = useMove(() => setAsked(undefined))
  const path = { path: { id: of.id } }
  const body = { revision: of.revision }
  const simulated = of.simulations.some((s) => s.revision === of.revision && s.status === 'done')
  const open = of.status === 'draft' || of.status === 'submitted' || of.status === 'approved'
  if (editing) return <Editor of={of} done={() => setEditing(false)} />
  return (
    <>
      <Typography.Title level={2} style={{ fontSize: 18 }}>{of.document} <Status of={of} /></Typography.Title>
      <p>{of.basis}</p>
      <p>
        {t('draft.takes', { date: of.effective_from })} · {t('draft.writtenBy', { who: [of.by ? post(of.by.post) : '', of.by?.name].filter(Boolean).join(' ') })}
        {of.second ? ` · ${t('draft.seenBy', { who: [post(of.second.post), of.second.name].filter(Boolean).join(' ') })}` : ''}
      </p>
      {of.remark && <Alert type="warning" showIcon title={t('draft.sentBack')} description={of.remark} style={{ marginBottom: 12 }} />}
      {open && of.outdated && <Alert type="error" showIcon title={t('draft.outdated')} description={t('draft.outdatedHelp')} style={{ marginBottom: 12 }} />}
      <Alert type="info" showIcon title={t('draft.effect')} description={t('draft.effectHelp', { count: reach.data?.open_cases ?? 0 })} style={{ marginBottom: 12 }} />
      <Card size="small" title={of.undoes ? t('versions.undoes', { n: of.undoes }) : t('changes')} style={{ marginBottom: 12 }}>
        {of.changes.length ? <Changes of={of.changes} /> : t('draft.rows', { count: of.rows.length })}
      </Card>
      {move.error ? <Failed error={move.error} /> : null}
      <Space wrap style={{ margin: '12px 0' }}>
        {of.mine && of.status === 'draft' && !of.undoes && <Button onClick={() => setEditing(true)}>{t('common:action.edit')}</Button>}
        {of.mine && of.status === 'draft' && <Button type="primary" loading={move.isPending} onClick={() => move.mutate(() => ask(api.POST('/api/v1/rules/drafts/{id}/submit', { params: path, body })))}>{t('draft.submit')}</Button>}
        {of.may_agree && of.status === 'submitted' && <Button type="primary" onClick={() => setAsked('publish')}>{t('draft.publish')}</Button>}
        {of.may_agree && of.status === 'submitted' && <Button onClick={() => setAsked('decline')}>{t('draft.decline')}</Button>}
        {open && (of.mine || of.may_agree) && <Button danger onClick={() => setAsked('withdraw')}>{t('draft.withdraw')}</Button>}
      </Space>
      {of.mine && of.status === 'submitted' && <p>{t('draft.waits')}</p>}
      <Simulations of={of} />
      <Modal
        open={!!asked}
        title={asked ? t(`draft.ask.${asked}`) : ''}
        onCancel={() => setAsked(undefined)}
        okText={asked ? t(`draft.${asked}`) : ''}
        cancelText={t('common:action.cancel')}
        confirmLoading={move.isPending}
        okButtonProps={{ danger: asked === 'withdraw', disabled: asked === 'decline' && remark.trim().length < 2 }}
        onOk={() =>
          move.mutate(() =>
            asked === 'publish' ? ask(api.POST('/api/v1/rules/drafts/{id}/publish', { params: path, body }))
            : asked === 'decline' ? ask(api.POST('/api/v1/rules/drafts/{id}/decline', { params: path, body: { ...body, remark: remark.trim() } }))
            : ask(api.DELETE('/api/v1/rules/drafts/{id}', { params: path })),
          )
        }
      >
        {asked === 'publish' && <p>{t('draft.effectHelp', { count: reach.data?.open_cases ?? 0 })}</p>}
        {asked === 'publish' && !simulated && <Alert type="warning" showIcon title={t('draft.notSimulated')} />}
        {asked === 'decline' && <Input.TextArea aria-label={t('draft.remark')} placeholder={t('draft.remark')} value={remark} onChange={(e) => setRemark(e.target.value)} maxLength={1000} rows={3} />}
        {move.error ? <Failed error={move.error} /> : null}
      </Modal>
    </>
  )
}
