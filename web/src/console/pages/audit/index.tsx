import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, DatePicker, Input, Select, Space, Table, Typography } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { More } from '../../ui/More'
import { useFilters } from '../../ui/filters'
import { Failed, Loading, Nothing } from '../../ui/states'
import { Moment } from '../../ui/time'
import { wallOf } from '../../ui/wall'

type Row = Schemas['AuditRow']

// Beginnings of actions, as the API filters by them.
const groups = ['read:', 'list:', 'search', 'print:', 'denied', 'signin:', 'step:', 'fact:'] as const
const wordOf = (group: (typeof groups)[number]) => `group.${group.replace(':', '')}`

/** What somebody did: in a word where it has one, and as the log writes it. */
function Action({ of }: { of: string }) {
  const { t } = useTranslation('audit')
  const group = groups.find((g) => of.startsWith(g))
  return <>{group && <>{t(wordOf(group))} </>}<code>{of}</code></>
}

/** The audit log: who did and who looked at what. Ids and codes only. */
export default function Audit() {
  const { t } = useTranslation(['audit', 'common'])
  const [filters, change, clear] = useFilters(['action', 'actor', 'day'] as const)
  const [actor, setActor] = useState(filters.actor ?? '')
  const list = useInfiniteQuery({
    queryKey: ['audit', filters],
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/audit', { params: { query: { cursor: pageParam, limit: 100, action: filters.action, actor: filters.actor, day: filters.day } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    // Every asking is a row of the log itself: no more of them than somebody means.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  const rows = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <>
      <Space wrap style={{ justifyContent: 'space-between', width: '100%', marginBottom: 12 }}>
        <h1 className="page-title" style={{ margin: 0 }}>{t('title')}</h1>
        <Button loading={list.isFetching} onClick={() => void list.refetch()}>{t('common:action.refresh')}</Button>
      </Space>
      <Typography.Paragraph>{t('what')}</Typography.Paragraph>
      <Space wrap style={{ marginBottom: 12 }} role="search" aria-label={t('filters')}>
        <Select
          allowClear
          aria-label={t('action')}
          placeholder={t('action')}
          value={filters.action}
          onChange={(v?: string) => change({ action: v })}
          options={groups.map((value) => ({ value, label: t(wordOf(value)) }))}
          style={{ minWidth: 160 }}
        />
        <DatePicker aria-label={t('day')} placeholder={t('day')} value={filters.day ? dayjs(filters.day) : null} maxDate={wallOf()} onChange={(d) => change({ day: d ? d.format('YYYY-MM-DD') : undefined })} />
        <Input.Search
          allowClear
          aria-label={t('actor')}
          placeholder={t('actorId')}
          value={actor}
          onChange={(e) => setActor(e.target.value.trim())}
          onSearch={(v) => change({ actor: /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|engine|public|operator)$/.test(v) ? v : undefined })}
          style={{ maxWidth: 340 }}
        />
      </Space>
      {list.error ? <Failed error={list.error} again={() => void list.refetch()} /> : null}
      {list.isPending ? (
        <Loading rows={8} />
      ) : list.error && rows.length === 0 ? null : rows.length === 0 ? (
        <Nothing text={t('nothing')} clear={clear && (() => { setActor(''); clear() })} />
      ) : (
        <Table<Row>
          size="small"
          rowKey={(r) => `${r.chain}/${r.seq}`}
          dataSource={rows}
          pagination={false}
          scroll={{ x: 1100 }}
          columns={[
            { title: t('at'), render: (_, r) => <Moment at={r.at} />, width: 140 },
            { title: t('actor'), render: (_, r) => <button type="button" className="plain-button" onClick={() => { setActor(r.actor); change({ actor: r.actor }) }} aria-label={t('onlyActor', { actor: r.actor })}><code>{r.actor}</code></button>, width: 300 },
            { title: t('action'), render: (_, r) => <Action of={r.action} />, width: 170 },
            {
              title: t('object'),
              render: (_, r) => (
                <>
                  {r.number ? <strong>{r.number}</strong> : <code style={{ wordBreak: 'break-all' }}>{r.object}</code>}{' '}
                  {/^(case|read):/.test(r.chain) && <Link to={`/looks/${r.chain.slice(5)}`}>{t('whoLooked')}</Link>}
                </>
              ),
              width: 260,
            },
            { title: t('detail'), render: (_, r) => <Typography.Text type="secondary" style={{ wordBreak: 'break-all' }}>{r.detail.join(' ')}</Typography.Text> },
          ]}
        />
      )}
      <More of={list} />
    </>
  )
}
