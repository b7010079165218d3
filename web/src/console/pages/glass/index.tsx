import { Button, Card, Segmented, Space, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { api, ask, type Schemas } from '../../../api/client'
import { useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { LongList, usePages } from '../../ui/list'
import { usePost } from '../../ui/names'
import { Nothing } from '../../ui/states'
import { Due, Moment } from '../../ui/time'

type Glass = Schemas['Glass']

/** The emergency readings: who opened what, on which grounds, and whether somebody has reviewed it. */
export default function Glasses() {
  const { t } = useTranslation(['glass', 'common'])
  const [filters, change, clear] = useFilters(['open'] as const)
  const list = usePages<Glass>(['glass', filters], (cursor) => ask(api.GET('/api/v1/break-glass', { params: { query: { cursor, limit: 50, open: filters.open === '1' || undefined } } })))
  return (
    <>
      <h1 className="page-title">{t('title')}</h1>
      <Typography.Paragraph>{t('what')}</Typography.Paragraph>
      <Segmented aria-label={t('which')} value={filters.open === '1' ? '1' : ''} onChange={(v) => change({ open: v || undefined })} options={[{ value: '', label: t('all') }, { value: '1', label: t('toReview') }]} style={{ marginBottom: 12 }} />
      <LongList of={list} id={(g) => g.id} label={t('title')} height={120} row={(g) => <Row of={g} />} empty={<Nothing text={clear ? t('nothingToReview') : t('nothing')} clear={clear} />} />
    </>
  )
}

function Row({ of }: { of: Glass }) {
  const { t } = useTranslation(['glass', 'common'])
  const me = useMe()
  const post = usePost()
  const navigate = useNavigate()
  const review = of.review
  const mine = review && !review.at && me.posts.some((p) => p.post === review.post)
  return (
    <Card size="small" style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
        <div style={{ flex: '1 1 280px', minWidth: 0 }}>
          <Space wrap size={[8, 0]}>
            {of.number ? <Link to={`/cases/${of.case}`} className="numeric" style={{ fontWeight: 600 }}>{of.number}</Link> : <code>{of.case.slice(0, 8)}</code>}
            {of.compartments.map((c) => <Tag key={c}>{t(`part.${c}`, { defaultValue: c })}</Tag>)}
            {of.open && <Tag color="error">{t('reading')}</Tag>}
          </Space>
          <div>{t('by', { post: post(of.reader.post) })} · {t(`grounds.${of.grounds}`, { defaultValue: of.grounds })}</div>
          <div><Typography.Text type="secondary"><Moment at={of.began} /> {t('until')} <Moment at={of.until} /></Typography.Text></div>
          {of.reason && <div>{t('reason', { reason: of.reason })}</div>}
          {of.approver && <div>{t('approved', { post: post(of.approver.post) })}</div>}
          {review && !review.at && <div>{t('owed', { post: post(review.post) })} <Due due={review.due} provisional={false /* hours, no working days */} /></div>}
          {review?.at && <div>{t('reviewed', { post: post(review.post) })} <Moment at={review.at} /> {review.verdict && <Tag>{t(`verdict.${review.verdict}`, { defaultValue: review.verdict })}</Tag>}</div>}
        </div>
        {mine && <Button type="primary" onClick={() => void navigate(`/cases/${of.case}?do=${encodeURIComponent(`glass_review:${of.id}`)}`)}>{t('review')}</Button>}
      </div>
    </Card>
  )
}
