import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Card, Checkbox, Dropdown, Form, Input, Modal, Space, Tag, Typography } from 'antd'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem, type Schemas } from '../../../api/client'
import { hasRole, useMe } from '../../session'
import { useFilters } from '../../ui/filters'
import { LongList, usePages } from '../../ui/list'
import { usePost } from '../../ui/names'
import { Failed, Nothing } from '../../ui/states'
import { Moment } from '../../ui/time'
import { useAppointments } from './data'
import { keeping, securing } from './may'

type Account = Schemas['Account']

/** How many accounts are confirmed at once, as the API takes them. */
const atOnce = 200

/** Confirms accounts, as a second administrator, that one administrator opened. */
function useConfirm() {
  const { t } = useTranslation('people')
  const queries = useQueryClient()
  const { message } = App.useApp()
  return useMutation({
    mutationFn: async (persons: string[]) => {
      for (let i = 0; i < persons.length; i += atOnce) await ask(api.POST('/api/v1/people/confirmations', { body: { persons: persons.slice(i, i + atOnce) } }))
    },
    onSuccess: () => void message.success(t('confirmed')),
    onSettled: () => void queries.invalidateQueries({ queryKey: ['list'] }),
  })
}

/** Who can sign in, and how: the system administrator gives passwords; the security administrator takes second factors away, and confirms whom the other let in. */
export function Accounts() {
  const { t } = useTranslation(['people', 'common'])
  const me = useMe()
  const post = usePost()
  const keeps = hasRole(me, ...keeping)
  const [text, setText] = useState('')
  const [{ wait }, change] = useFilters(['wait'] as const)
  const unconfirmed = wait === '1' || undefined
  const confirm = useConfirm()
  const { modal } = App.useApp()
  const [adding, setAdding] = useState(false)
  const [given, setGiven] = useState<Given>()
  const all = usePages<Account>(['accounts', unconfirmed ?? false], (cursor) => ask(api.GET('/api/v1/people', { params: { query: { cursor, limit: 200, unconfirmed } } })))
  const appointments = useAppointments(keeps)
  const posts = useMemo(() => {
    const out = new Map<string, string[]>()
    for (const a of appointments.items) for (const p of a.people) if (!p.deputy) out.set(p.person, [...(out.get(p.person) ?? []), a.post])
    return out
  }, [appointments.items])
  const asked = text.trim().toLowerCase()
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = all
  if (asked && hasNextPage && !isFetchingNextPage && !all.error) void fetchNextPage()
  const of = {
    ...all,
    data: all.data && { ...all.data, pages: all.data.pages.map((p) => ({ ...p, items: p.items.filter((a) => !asked || `${a.name} ${a.login}`.toLowerCase().includes(asked)) })) },
  } as typeof all
  const ready = readyOf(of.data?.pages.flatMap((p) => p.items) ?? [], hasRole(me, ...securing) && !!unconfirmed)
  const confirmAll = () =>
    modal.confirm({
      title: t('confirmAllAsk', { count: ready.length }),
      content: <>{t('confirmHelp')}<p>{ready.map((a) => a.name).join(t('listComma'))}</p></>,
      okText: t('confirmAll', { count: ready.length }), cancelText: t('common:action.cancel'),
      onOk: () => confirm.mutateAsync(ready.map((a) => a.person)).catch(() => undefined),
    })
  return (
    <>
      <Typography.Paragraph type="secondary">{keeps ? t('accountsHelp') : t('securingHelp')}</Typography.Paragraph>
      <Space wrap style={{ marginBottom: 12 }}>
        <Input.Search allowClear aria-label={t('findAccount')} placeholder={t('findAccount')} value={text} onChange={(e) => setText(e.target.value)} style={{ width: 240, maxWidth: '100%' }} />
        {keeps && <Button type="primary" onClick={() => setAdding(true)}>{t('addPerson')}</Button>}
        <Checkbox checked={!!unconfirmed} onChange={(e) => change({ wait: e.target.checked ? '1' : undefined })}>{t('unconfirmedOnly')}</Checkbox>
        {ready.length > 1 && <Button loading={confirm.isPending} onClick={() => void confirmAll()}>{t('confirmAll', { count: ready.length })}</Button>}
      </Space>
      {confirm.error ? <Failed error={confirm.error} /> : null}
      <LongList
        of={of}
        id={(a) => a.person}
        label={t('tab.accounts')}
        height={84}
        row={(a) => <Row of={a} posts={(posts.get(a.person) ?? []).map(post)} gave={setGiven} />}
        empty={<Nothing text={t('nothingHere')} clear={text ? () => setText('') : undefined} />}
      />
      {adding && <AddPerson close={() => setAdding(false)} gave={setGiven} />}
      {given && <OneTime of={given} close={() => setGiven(undefined)} />}
    </>
  )
}

/** Those that can be confirmed now. */
function readyOf(rows: Account[], may: boolean): Account[] {
  return may ? rows.filter((a) => a.unconfirmed?.ready) : []
}

interface Given {
  login: string
  password: string
  until: string
}

function Row({ of, posts, gave }: { of: Account; posts: string[]; gave: (g: Given) => void }) {
  const { t } = useTranslation(['people', 'common'])
  const me = useMe()
  const queries = useQueryClient()
  const { message, modal } = App.useApp()
  const own = of.person === me.person
  const path = { params: { path: { id: of.person } } }
  const act = useMutation({
    mutationFn: async (what: 'reset' | 'on' | 'off' | 'out' | 'factor') => {
      if (what === 'reset') {
        const r = await ask(api.POST('/api/v1/people/{id}/password-reset', path))
        gave({ login: of.login, password: r.password, until: r.until })
      } else if (what === 'out') await ask(api.DELETE('/api/v1/people/{id}/sessions', path))
      else if (what === 'factor') await ask(api.DELETE('/api/v1/people/{id}/second-factor', path))
      else await ask(api.PUT('/api/v1/people/{id}/active', { ...path, body: { active: what === 'on' } }))
      return what
    },
    onSuccess: (what) => {
      if (what !== 'reset') void message.success(t('done'))
      void queries.invalidateQueries({ queryKey: ['list'] })
    },
  })
  const sure = (what: 'reset' | 'off' | 'out' | 'factor') =>
    modal.confirm({ title: t(`ask.${what}`, { name: of.name }), content: t(`askHelp.${what}`), okText: t(`do.${what}`), cancelText: t('common:action.cancel'), okButtonProps: { danger: what !== 'reset' }, onOk: () => act.mutateAsync(what).catch(() => undefined) })
  const items = [
    ...(hasRole(me, ...keeping) ? [
      { key: 'reset', label: t('do.reset'), onClick: () => void sure('reset'), disabled: own },
      of.active
        ? { key: 'off', label: t('do.off'), danger: true, onClick: () => void sure('off'), disabled: own }
        : { key: 'on', label: t('do.on'), onClick: () => act.mutate('on') },
    ] : []),
    ...(hasRole(me, ...securing) ? [{ key: 'factor', label: t('do.factor'), danger: true, disabled: own || !of.second_factor, onClick: () => void sure('factor') }] : []),
    { key: 'out', label: t('do.out'), onClick: () => void sure('out') },
  ]
  return (
    <Card size="small" style={{ marginBottom: 8 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'center' }}>
        <div style={{ flex: '1 1 220px', minWidth: 0 }}>
          <Typography.Text strong>{of.name}</Typography.Text> <Typography.Text type="secondary">{of.login}</Typography.Text>
          {posts.length > 0 && <div>{posts.join(t('common:mark.semicolon'))}</div>}
          <Space wrap size={4}>
            {!of.active && <Tag color="error">{t('inactive')}</Tag>}
            {!of.password && of.providers.length === 0 && <Tag>{t('noPassword')}</Tag>}
            {of.temporary && <Tag color="blue">{t('temporary')} <Moment at={of.temporary} /></Tag>}
            <Tag color={of.second_factor ? 'green' : 'default'}>{of.second_factor ? t('factorOn') : t('factorOff')}</Tag>
            {of.providers.map((p) => <Tag key={p}>{p}</Tag>)}
            <Typography.Text type="secondary">{of.last_sign_in ? <>{t('lastSeen')} <Moment at={of.last_sign_in} /></> : t('neverSeen')}</Typography.Text>
          </Space>
          {of.unconfirmed && <Waiting of={of} may={hasRole(me, ...securing) && !own} />}
          {act.error ? <Failed error={act.error} /> : null}
        </div>
        <Dropdown trigger={['click']} menu={{ items }}>
          <Button loading={act.isPending} aria-label={t('accountActions', { name: of.name })}>{t('common:action.more')}</Button>
        </Dropdown>
      </div>
    </Card>
  )
}

/** That one administrator alone let somebody in, and what a second one does about it. */
function Waiting({ of, may }: { of: Account; may: boolean }) {
  const { t } = useTranslation(['people', 'common'])
  const post = usePost()
  const confirm = useConfirm()
  const { modal } = App.useApp()
  const u = of.unconfirmed!
  const sure = () =>
    modal.confirm({ title: t('confirmAsk', { name: of.name }), content: t('confirmHelp'), okText: t('confirm'), cancelText: t('common:action.cancel'), onOk: () => confirm.mutateAsync([of.person]).catch(() => undefined) })
  return (
    <div style={{ marginTop: 4 }}>
      <Tag color="orange">{t('unconfirmed')}</Tag>
      <Typography.Text type="secondary">{t(`gave.${u.how}`, { name: u.by_name })} <Moment at={u.at} /></Typography.Text>
      {u.posts.length > 0 && <div>{t('notInForce', { posts: u.posts.map((p) => post(p.post)).join(t('common:mark.semicolon')) })}</div>}
      {!u.ready && <div>{t('notReady')}</div>}
      {may && u.ready && <Button size="small" type="primary" loading={confirm.isPending} aria-label={t('confirmOf', { name: of.name })} onClick={() => void sure()}>{t('confirm')}</Button>}
      {confirm.error ? <Failed error={confirm.error} /> : null}
    </div>
  )
}

function AddPerson({ close, gave }: { close: () => void; gave: (g: Given) => void }) {
  const { t } = useTranslation(['people', 'common'])
  const queries = useQueryClient()
  const [form] = Form.useForm<Schemas['PersonBody']>()
  const send = useMutation({
    mutationFn: (v: Schemas['PersonBody']) => ask(api.POST('/api/v1/people', { body: { ...v, phone: v.phone || undefined, email: v.email || undefined } })),
    onSuccess: (r, v) => {
      gave({ login: v.login.toLowerCase(), password: r.password, until: r.until })
      void queries.invalidateQueries({ queryKey: ['list'] })
      close()
    },
    onError: (error) => {
      if (error instanceof Problem) form.setFields(error.errors.map((f) => ({ name: f.field.replace(/^body\./, '') as 'name', errors: [f.message] })))
    },
  })
  return (
    <Modal open title={t('addPerson')} onCancel={close} onOk={form.submit} confirmLoading={send.isPending} okText={t('addPerson')} cancelText={t('common:action.cancel')}>
      <Typography.Paragraph type="secondary">{t('addHelp')}</Typography.Paragraph>
      {send.error ? <Failed error={send.error} /> : null}
      <Form form={form} layout="vertical" onFinish={(v) => send.mutate(v)} autoComplete="off">
        <Form.Item name="name" label={t('name')} rules={[{ required: true, whitespace: true, message: t('needed') }]}><Input maxLength={64} /></Form.Item>
        <Form.Item name="login" label={t('login')} extra={t('loginHelp')} rules={[{ required: true, message: t('needed') }, { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{1,63}$/, message: t('loginHelp') }]}><Input maxLength={64} autoComplete="off" /></Form.Item>
        <Form.Item name="phone" label={t('phone')} extra={t('phoneHelp')}><Input maxLength={20} inputMode="tel" /></Form.Item>
        <Form.Item name="email" label={t('email')}><Input maxLength={200} inputMode="email" /></Form.Item>
      </Form>
    </Modal>
  )
}

/** The password to hand over: shown this once. */
function OneTime({ of, close }: { of: Given; close: () => void }) {
  const { t } = useTranslation(['people', 'common'])
  return (
    <Modal open title={t('oneTime')} onCancel={close} footer={<Button type="primary" onClick={close}>{t('handedOver')}</Button>} mask={{ closable: false }}>
      <Alert type="warning" showIcon title={t('oneTimeHelp')} style={{ marginBottom: 12 }} />
      <p>{t('login')}{t('common:mark.colon')}<Typography.Text strong copyable>{of.login}</Typography.Text></p>
      <p>{t('password')}{t('common:mark.colon')}<Typography.Text code copyable>{of.password}</Typography.Text></p>
      <p>{t('validUntil')}{t('common:mark.colon')}<Moment at={of.until} /></p>
    </Modal>
  )
}
