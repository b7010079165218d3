import { useQuery } from '@tanstack/react-query'
import { Descriptions, Timeline, Typography } from 'antd'
import dayjs from 'dayjs'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../api/client'
import { usePost } from './names'
import { Shown } from './states'
import { Moment, Provisional, useSpan } from './time'
import { ClassTag, type WhyProps } from './why'
import { useLabel, useWord } from './words'

/** What stands in the bubble of Why. */
export default function Because({ of, id, notice }: WhyProps) {
  return id ? <Asked id={id} of={of} notice={notice} /> : of ? <Facts of={of} /> : null
}

function Asked({ id, of, notice }: { id: string; of?: Schemas['Obligation']; notice?: Schemas['Notice'] }) {
  const ladder = useQuery({
    queryKey: ['ladder', id, of?.case ?? notice?.case],
    queryFn: () => ask(api.GET('/api/v1/obligations/{id}/ladder', { params: { path: { id } } })),
  })
  return (
    <Shown of={ladder} rows={4}>
      {(data) => (
        <>
          <Facts of={data.obligation} ended={data.ended} notice={notice} />
          <Climb of={data} />
        </>
      )}
    </Shown>
  )
}

function Facts({ of, ended, notice }: { of: Schemas['Obligation']; ended?: string; notice?: Schemas['Notice'] }) {
  const { t } = useTranslation('why')
  const word = useWord()
  const label = useLabel()
  const post = usePost()
  return (
    <Descriptions
      column={1}
      size="small"
      items={[
        { key: 'what', label: t('what'), children: label(of.name) },
        notice && notice.posts.length > 0 && { key: 'as', label: t('toldAs'), children: notice.posts.map(post).join(' / ') },
        of.source && { key: 'rule', label: t('rule'), children: <span><ClassTag of={of.source} /> {of.source.source} {of.source.article}</span> },
        { key: 'start', label: t('start'), children: <Moment at={of.start} /> },
        { key: 'due', label: t('due'), children: <><Moment at={of.due} /> {of.provisional && <Provisional />}</> },
        { key: 'owner', label: t('owner'), children: ended ? post(of.owner) : t('notDone', { post: post(of.owner) }) },
        ended && { key: 'ended', label: t('ended'), children: <Moment at={ended} /> },
        of.acked && { key: 'acked', label: t('acked'), children: <>{post(of.acked.by)} <Moment at={of.acked.at} /></> },
        of.stage && { key: 'stage', label: t('stage'), children: word(`stage.${of.stage}`) },
      ].filter((item) => !!item)}
    />
  )
}

/** Who was told when, and what became of it: below each rung stands whoever was told and did not take it on before the next. */
function Climb({ of }: { of: Schemas['Climb'] }) {
  const { t } = useTranslation('why')
  const label = useLabel()
  const post = usePost()
  const span = useSpan()
  if (of.climb.length === 0) return <Typography.Text type="secondary">{t('noRung')}</Typography.Text>
  const names = (posts: string[]) => (posts.length ? posts.map(post).join(' / ') : t('nobody'))
  return (
    <>
      <div style={{ fontWeight: 600, marginBlock: 8 }}>{t('rung')}</div>
      <Timeline
        items={of.climb.map((c, i) => {
          const late = c.type === 'rung' && c.due ? dayjs(c.at).diff(c.due) : 0
          const taken = of.climb.slice(i + 1).find((later) => later.type !== 'unreached')
          return {
            color: c.type === 'acknowledged' ? 'green' : c.type === 'unreached' ? 'red' : 'blue',
            content: (
              <>
                <Moment at={c.at} />{' '}
                {c.type === 'rung' && t('told', { rung: label(c.name), posts: names(c.posts) })}
                {c.type === 'acknowledged' && t('ackedBy', { post: post(c.by) })}
                {c.type === 'unreached' && t('unreached', { posts: names(c.posts) })}
                {late > 3_600_000 && <div><Typography.Text type="secondary">{t('late', { span: span(late) })}</Typography.Text></div>}
                {c.type === 'rung' && taken?.type === 'rung' && <div><Typography.Text type="danger">{t('didNotAct', { posts: names(c.posts) })}</Typography.Text></div>}
              </>
            ),
          }
        })}
      />
    </>
  )
}
