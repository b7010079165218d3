import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, Space, Tag, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { releaseAll } from '../../../unsaved'
import { useFilters } from '../../ui/filters'
import { usePost } from '../../ui/names'
import { Nothing, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { Draft } from './Draft'
import { Editor } from './Editor'

/** Drafts of the rules: the one that is open, or all. */
export default function Drafts() {
  const { t } = useTranslation('rules')
  const post = usePost()
  const [{ draft }, change] = useFilters(['draft'] as const)
  const [writing, setWriting] = useState(false)
  const drafts = useQuery({ queryKey: ['list', 'rule-drafts'], queryFn: () => ask(api.GET('/api/v1/rules/drafts')) })
  if (draft) return <Draft id={draft} back={() => change({ draft: undefined })} />
  if (writing) return <Editor done={(id) => { setWriting(false); if (id) { releaseAll(); change({ draft: id }) } }} />
  return (
    <>
      <p style={{ marginTop: 0 }}>{t('draft.about')}</p>
      <Button type="primary" onClick={() => setWriting(true)} style={{ marginBottom: 12 }}>{t('draft.new')}</Button>
      <Shown of={drafts}>
        {(d) => d.items.length === 0 ? <Nothing text={t('draft.none')} /> : d.items.map((one) => (
          <Card key={one.id} size="small" style={{ marginBottom: 8 }}>
            <Space wrap>
              <Button type="link" style={{ padding: 0 }} onClick={() => change({ draft: one.id })}>{one.document}</Button>
              <Status of={one} />
              <Typography.Text type="secondary">{t('draft.rows', { count: one.rows.length })} · {one.by ? post(one.by.post) : ''} {one.by?.name} · <Moment at={one.changed} /></Typography.Text>
            </Space>
          </Card>
        ))}
      </Shown>
    </>
  )
}

export function Status({ of }: { of: Schemas['RuleDraft'] }) {
  const { t } = useTranslation('rules')
  const open = of.status === 'draft' || of.status === 'submitted' || of.status === 'approved'
  return (
    <>
      <Tag color={of.status === 'published' ? 'green' : of.status === 'submitted' ? 'blue' : 'default'}>{t(`draft.status.${of.status}`)}</Tag>
      {open && of.outdated && <Tag color="red">{t('draft.outdated')}</Tag>}
    </>
  )
}

/** Does something with a draft and shows everything anew. */
export function useMove(done?: () => void) {
  const { t } = useTranslation('rules')
  const queries = useQueryClient()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSuccess: () => {
      void message.success(t('draft.moved'))
      done?.()
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['list'] }),
  })
}
