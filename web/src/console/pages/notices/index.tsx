import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button, Card, Segmented, Space, Tag, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { AckButton, Alerted, useAcknowledge } from '../../ui/Alerted'
import { useFilters } from '../../ui/filters'
import { LongList, usePages } from '../../ui/list'
import { usePost } from '../../ui/names'
import { Failed, Nothing } from '../../ui/states'
import { Due, Moment } from '../../ui/time'
import { Why } from '../../ui/why'
import { useLabel, useWord } from '../../ui/words'

type Notice = Schemas['Notice']

/** What one was told, the newest first, and why. */
export default function Notices() {
  const { t } = useTranslation(['notices', 'common'])
  const [filters, change, clear] = useFilters(['unread'] as const)
  const queries = useQueryClient()
  const [opened] = useState(() => new Date().toISOString())
  const list = usePages<Notice>(['notices', filters], (cursor) =>
    ask(api.GET('/api/v1/notices', { params: { query: { cursor, limit: 50, unread: filters.unread === '1' || undefined } } })),
  )
  const refresh = () => void queries.invalidateQueries({ queryKey: ['list', 'notices'] })
  const read = useMutation({ mutationFn: (id: string) => ask(api.POST('/api/v1/notices/{id}/read', { params: { path: { id } } })), onSuccess: refresh })
  const readAll = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/notices/read', { body: { until: list.data?.pages[0]?.items[0]?.at ?? opened } })),
    onSuccess: refresh,
  })
  const [acknowledge, acknowledging] = useAcknowledge()
  const problem = read.error ?? readAll.error
  return (
    <>
      <Space wrap style={{ justifyContent: 'space-between', width: '100%', marginBottom: 12 }}>
        <h1 className="page-title" style={{ margin: 0 }}>{t('title')}</h1>
        <Button onClick={() => readAll.mutate()} loading={readAll.isPending} disabled={!list.data?.pages.some((p) => p.items.some((n) => !n.read))}>{t('readAll')}</Button>
      </Space>
      <div style={{ marginBottom: 12 }}>
        <Segmented
          aria-label={t('which')}
          value={filters.unread === '1' ? '1' : ''}
          onChange={(v) => change({ unread: v || undefined })}
          options={[{ value: '', label: t('all') }, { value: '1', label: t('unread') }]}
        />
      </div>
      {problem ? <Failed error={problem} /> : null}
      <LongList
        of={list}
        id={(n) => n.id}
        label={t('title')}
        height={92}
        row={(n) => <Row of={n} read={() => read.mutate(n.id)} acknowledge={acknowledge} />}
        empty={<Nothing text={clear ? t('nothingUnread') : t('nothing')} clear={clear} />}
      />
      {acknowledging}
    </>
  )
}

function Row({ of, read, acknowledge }: { of: Notice; read: () => void; acknowledge: (of: Schemas['Obligation']) => void }) {
  const { t } = useTranslation(['notices', 'common'])
  const label = useLabel()
  const word = useWord()
  const post = usePost()
  const step = of.type === 'refused'
  const what = label(of.name)
  // A refused step leads to its form, with what was typed.
  const to = !of.key || of.ended ? '' : `?${step ? 'form' : 'do'}=${encodeURIComponent(of.key)}`
  const calendar = of.type === 'calendar'
  const title = calendar ? t('calendar') : of.type === 'overload' ? t('overload') : step ? t('refused', { step: what }) : of.type === 'rung' ? `${label(of.rung_label)}${t('common:mark.colon')}${what}` : `${word(`event.${of.type}`)}${what ? t('common:mark.colon') + what : ''}`
  return (
    <Card size="small" style={{ marginBottom: 8, borderInlineStart: of.read ? undefined : '4px solid #17705b' }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
        <div style={{ flex: '1 1 260px', minWidth: 0 }}>
          <Space wrap size={[8, 0]}>
            {of.case ? <Link to={`/cases/${of.case}${to}`} style={{ fontWeight: of.read ? 400 : 600 }} onClick={() => !of.read && read()}>{title}</Link> : calendar ? <Link to="/rules?tab=calendar" style={{ fontWeight: of.read ? 400 : 600 }} onClick={() => !of.read && read()}>{title}</Link> : <strong>{title}</strong>}
            {of.urgent && <Tag color="error">{t('urgent')}</Tag>}
            {!of.read && <Tag color="success">{t('unread')}</Tag>}
            {of.ended ? <Tag>{t('done')}</Tag> : of.due && <Due due={of.due} provisional={of.provisional} />}
          </Space>
          <div>
            <Typography.Text type="secondary">
              {of.number && <><span className="numeric">{of.number}</span> · </>}
              {of.owner && <>{t('owner', { post: post(of.owner) })} · </>}
              <Moment at={of.at} />
            </Typography.Text>
          </div>
          {of.posts.length > 0 && <Typography.Text type="secondary">{t('toldAs', { posts: of.posts.map(post).join(t('common:mark.list')) })}</Typography.Text>}{' '}
          {of.owed && <Space wrap size={4}><Alerted of={{ ...of.owed, reached: undefined }} /></Space>}
        </div>
        <Space wrap>
          {of.owed && <AckButton of={of.owed} acknowledge={(o) => { if (!of.read) read(); acknowledge(o) }} />}
          {step && of.case && <Link to={`/cases/${of.case}${to}`} onClick={() => !of.read && read()}>{t('openForm')}</Link>}
          {of.obligation && <Why id={of.obligation} notice={of} />}
          {!of.read && <Button size="small" onClick={read}>{t('read')}</Button>}
        </Space>
      </div>
    </Card>
  )
}
