import { useInfiniteQuery } from '@tanstack/react-query'
import { Segmented, Table, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { More } from '../../ui/More'
import { useFilters } from '../../ui/filters'
import { usePost } from '../../ui/names'
import { Failed, Loading, Nothing } from '../../ui/states'
import { Moment } from '../../ui/time'

type Look = Schemas['Look']

/** Who looked at a case, in which post, for what and why; or who was refused it. Asking is a look itself. */
export default function Looks() {
  const { t } = useTranslation(['looks', 'common'])
  const { id = '' } = useParams()
  const [filters, change] = useFilters(['of'] as const)
  const of = filters.of === 'denials' ? 'denials' : 'looks'
  const post = usePost()
  const list = useInfiniteQuery({
    queryKey: ['looks', of, `of ${id}`],
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/cases/{id}/reads', { params: { path: { id }, query: { of, cursor: pageParam, limit: 100 } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    // Every asking is a row of the log itself: no more of them than somebody means.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  })
  const rows = list.data?.pages.flatMap((p) => p.items) ?? []
  const number = list.data?.pages[0]?.number
  return (
    <>
      <h1 className="page-title">{t('title')} {number && <Link to={`/cases/${id}`} className="numeric">{number}</Link>}</h1>
      <Typography.Paragraph>{t('what')}</Typography.Paragraph>
      <Segmented aria-label={t('which')} value={of} onChange={(v) => change({ of: v === 'denials' ? v : undefined })} options={[{ value: 'looks', label: t('looks') }, { value: 'denials', label: t('denials') }]} style={{ marginBottom: 12 }} />
      {list.error ? <Failed error={list.error} again={() => void list.refetch()} /> : null}
      {list.isPending ? (
        <Loading rows={6} />
      ) : rows.length === 0 && !list.error ? (
        <Nothing text={of === 'looks' ? t('noLooks') : t('noDenials')} />
      ) : (
        <Table<Look>
          size="small"
          rowKey={(r) => `${r.at}/${r.person}/${r.action}/${r.object ?? ''}`}
          dataSource={rows}
          pagination={false}
          scroll={{ x: 900 }}
          columns={[
            { title: t('at'), render: (_, r) => <Moment at={r.at} />, width: 140 },
            { title: t('who'), render: (_, r) => r.name || (r.person === 'public' ? t('public') : <code>{r.person}</code>) },
            { title: t('posts'), render: (_, r) => r.posts.map(post).join(' / ') },
            {
              title: t('action'),
              render: (_, r) => (
                <>
                  {t(`look.${r.action.replace(':', '_')}`, { defaultValue: r.action })} {r.break_glass?.length ? <Tag color="error">{t('glass')}</Tag> : null}
                </>
              ),
            },
            { title: t('parts'), render: (_, r) => r.parts.map((p) => t(`part.${p}`, { defaultValue: p })).join(' / ') },
            { title: t('why'), render: (_, r) => (r.why ? t(`purpose.${r.why}`, { defaultValue: r.why }) : '—') },
          ]}
        />
      )}
      <More of={list} />
    </>
  )
}
