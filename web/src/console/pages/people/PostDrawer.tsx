import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Card, DatePicker, Drawer, Form, Popconfirm, Radio, Space, Typography } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { api, ask } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { usePost } from '../../ui/names'
import { Failed } from '../../ui/states'
import { Moment } from '../../ui/time'
import { TimeInput } from '../../ui/TimeInput'
import { onTheWall, wallOf } from '../../ui/wall'
import { useCandidates, useOwed, type Appointment, type Incumbent } from './data'
import { mayAppoint, separate, watching } from './may'
import { PersonSelect } from './PersonSelect'
import { Mark, Owes, Told } from './Posts'

/** A post: who is in it, leave, what it owes; and, for those who fill it, putting in and taking out. */
export function PostDrawer({ of, close }: { of: Appointment; close: () => void }) {
  const { t } = useTranslation('people')
  const me = useMe()
  const post = usePost()
  const appoints = mayAppoint(me, of.post)
  const watches = hasRole(me, ...watching)
  const owed = useOwed([of.post], watches)
  const [adding, setAdding] = useState(false)
  return (
    <Drawer open onClose={close} title={post(of.post)} size={560} styles={{ wrapper: { maxWidth: '100vw' } }}>
      <Space orientation="vertical" size={12} style={{ width: '100%' }}>
        {of.vacant && (
          <Alert
            type="warning"
            showIcon
            title={of.since ? <>{t('vacant')} · {t('since')} <Moment at={of.since} /></> : `${t('vacant')} · ${t('never')}`}
            description={<Told of={of} />}
          />
        )}
        {watches && <Owes of={owed.data?.get(of.post)} post={of.post} />}
        {of.people.map((p) => (
          <Person key={`${p.person}${p.deputy}${p.from}`} of={p} post={of.post} appoints={appoints} />
        ))}
        {appoints ? (
          adding ? (
            <Appoint post={of.post} vacant={of.vacant} done={() => setAdding(false)} />
          ) : (
            <Button type="primary" onClick={() => setAdding(true)}>{t('appoint')}</Button>
          )
        ) : (
          hasRole(me, 'head', 'system_admin', 'supervisor') && <Typography.Text type="secondary">{t('notYours')}</Typography.Text>
        )}
      </Space>
    </Drawer>
  )
}

function Person({ of, post, appoints }: { of: Incumbent; post: string; appoints: boolean }) {
  const { t } = useTranslation(['people', 'common'])
  const me = useMe()
  const queries = useQueryClient()
  const { message } = App.useApp()
  const [leaving, setLeaving] = useState(false)
  const own = of.person === me.person
  const renew = () => queries.invalidateQueries({ queryKey: ['list'] })
  const release = useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/holdings', { params: { query: { post, person: of.person } } })),
    onSuccess: () => {
      void message.success(t('released', { name: of.name }))
      void renew()
    },
  })
  const back = useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/leave/{id}', { params: { path: { id: of.leave?.id ?? '' } } })),
    onSuccess: () => {
      void message.success(t('leaveEnded'))
      void renew()
    },
  })
  return (
    <Card size="small" title={<>{of.name} <Typography.Text type="secondary">{of.deputy ? t('deputy') : t('holder')}</Typography.Text></>}>
      <Space orientation="vertical" size={8} style={{ width: '100%' }}>
        <div>
          <Typography.Text type="secondary">{t('inSince')} <Moment at={of.from} withTime={false} /></Typography.Text> <Mark of={of} />
        </div>
        {of.leave && (
          <div>
            {t('leave')}{t('common:mark.colon')}<Moment at={of.leave.from} /> — <Moment at={of.leave.until} />
          </div>
        )}
        {release.error ? <Failed error={release.error} /> : null}
        {back.error ? <Failed error={back.error} /> : null}
        {(appoints || own) && (
          <Space wrap>
            {of.leave ? (
              <Popconfirm title={t('leaveCancelAsk')} onConfirm={() => back.mutate()} okText={t('common:action.ok')} cancelText={t('common:action.cancel')}>
                <Button loading={back.isPending}>{of.away ? t('backNow') : t('leaveCancel')}</Button>
              </Popconfirm>
            ) : (
              <Button onClick={() => setLeaving(true)}>{t('leaveAdd')}</Button>
            )}
            {appoints && !of.deputy && <Link to={`/people?tab=handover&person=${of.person}`}><Button>{t('tab.handover')}</Button></Link>}
            {appoints && (
              <Popconfirm
                title={t('releaseAsk', { name: of.name })}
                description={of.deputy ? undefined : t('releaseHelp')}
                onConfirm={() => release.mutate()}
                okText={t('release')}
                okButtonProps={{ danger: true }}
                cancelText={t('common:action.cancel')}
              >
                <Button danger loading={release.isPending}>{t('release')}</Button>
              </Popconfirm>
            )}
          </Space>
        )}
        {leaving && <LeaveForm person={of.person} done={() => setLeaving(false)} />}
      </Space>
    </Card>
  )
}

/** From when until when somebody cannot be reached; their deputies act meanwhile. */
function LeaveForm({ person, done }: { person: string; done: () => void }) {
  const { t } = useTranslation(['people', 'common'])
  const queries = useQueryClient()
  const { message } = App.useApp()
  const [form] = Form.useForm<{ from: Dayjs; until: Dayjs }>()
  const send = useMutation({
    mutationFn: (v: { from: Dayjs; until: Dayjs }) => ask(api.POST('/api/v1/leave', { body: { person, from: onTheWall(v.from), until: onTheWall(v.until) } })),
    onSuccess: () => {
      void message.success(t('leaveAdded'))
      void queries.invalidateQueries({ queryKey: ['list'] })
      done()
    },
  })
  return (
    <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} initialValues={{ from: wallOf(), until: wallOf().add(1, 'day').hour(8).minute(0) }}>
      <Typography.Paragraph type="secondary">{t('leaveHelp')}</Typography.Paragraph>
      <Form.Item name="from" label={t('leaveFrom')} rules={[{ required: true, message: t('needed') }]}>
        <TimeInput />
      </Form.Item>
      <Form.Item
        name="until"
        label={t('leaveUntil')}
        dependencies={['from']}
        rules={[
          { required: true, message: t('needed') },
          { validator: (_, v: Dayjs | undefined) => (!v || v.isAfter(form.getFieldValue('from') as Dayjs) ? Promise.resolve() : Promise.reject(new Error(t('leaveOrder')))) },
        ]}
      >
        <TimeInput minDate={wallOf()} />
      </Form.Item>
      {send.error ? <Failed error={send.error} /> : null}
      <Space>
        <Button type="primary" htmlType="submit" loading={send.isPending}>{t('leaveAdd')}</Button>
        <Button onClick={done}>{t('common:action.cancel')}</Button>
      </Space>
    </Form>
  )
}

/** Puts somebody into the post; what may not be together is said before it is refused. */
function Appoint({ post, vacant, done }: { post: string; vacant: boolean; done: () => void }) {
  const { t } = useTranslation(['people', 'common'])
  const me = useMe()
  const queries = useQueryClient()
  const { message } = App.useApp()
  const candidates = useCandidates()
  const name = usePost()
  const [form] = Form.useForm<{ person: string; deputy: boolean; until?: Dayjs }>()
  const person = Form.useWatch('person', form)
  const against = candidates.items.find((c) => c.person === person)?.posts.find((p) => !separate(p, post))
  const send = useMutation({
    mutationFn: (v: { person: string; deputy: boolean; until?: Dayjs }) =>
      ask(api.POST('/api/v1/holdings', { body: { post, person: v.person, deputy: v.deputy, until: v.until && onTheWall(v.until) } })),
    onSuccess: () => {
      void message.success(t('appointed'))
      void queries.invalidateQueries({ queryKey: ['list'] })
      done()
    },
  })
  return (
    <Card size="small" title={t('appoint')}>
      <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} initialValues={{ deputy: !vacant }}>
        <Form.Item name="person" label={t('person')} rules={[{ required: true, message: t('needed') }]} extra={t('personHelp')}>
          <PersonSelect label={t('person')} but={[me.person]} />
        </Form.Item>
        <Form.Item name="deputy" label={t('as')}>
          <Radio.Group options={[{ value: false, label: t('holder') }, { value: true, label: t('deputy') }]} />
        </Form.Item>
        <Form.Item name="until" label={t('untilOptional')}>
          <DatePicker minDate={wallOf().add(1, 'day')} style={{ width: '100%' }} />
        </Form.Item>
        {against && <Alert type="warning" showIcon title={t('separate')} description={t('separateHelp', { post: name(against) })} style={{ marginBottom: 12 }} />}
        {send.error ? <div style={{ marginBottom: 12 }}><Failed error={send.error} /></div> : null}
        <Space>
          <Button type="primary" htmlType="submit" loading={send.isPending}>{t('appoint')}</Button>
          <Button onClick={done}>{t('common:action.cancel')}</Button>
        </Space>
      </Form>
    </Card>
  )
}
