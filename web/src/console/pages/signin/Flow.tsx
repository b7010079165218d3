import { useMutation, useQuery } from '@tanstack/react-query'
import { Button, Divider, Form, Input, Space, Typography } from 'antd'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem } from '../../../api/client'
import type { Me } from '../../session'
import { Loading } from '../../ui/states'
import { NewPassword } from '../account/NewPassword'
import { PasswordInput } from './PasswordInput'
import { Refused, useWait } from './Refused'

const Enrol = lazy(() => import('../account/Enrol'))

interface FlowProps {
  /** How far one has come already. */
  from?: Me
  /** Over a page that must not be left: an office's own sign-in opens in another tab. */
  inPlace?: boolean
  login?: string
  done: (me: Me) => void
}

/** Signing in, one thing after the other as the server asks for them: password, second factor, new password, enrolment. */
export function Flow({ from, inPlace, login, done }: FlowProps) {
  const { t } = useTranslation('signin')
  const [me, setMe] = useState(from)
  const [password, setPassword] = useState('')
  const state = me?.state
  const arrive = (next: Me) => (next.state === 'signed_in' ? done(next) : setMe(next))
  async function look() {
    arrive(await ask(api.GET('/api/v1/me')))
  }
  async function startAgain() {
    await ask(api.DELETE('/api/v1/session'))
    setMe(undefined)
  }
  useEffect(() => {
    if (!inPlace) return
    // Signed in again in another tab, or half-way there.
    const find = () => void look().catch(() => undefined)
    find()
    window.addEventListener('focus', find)
    return () => window.removeEventListener('focus', find)
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [inPlace])
  return (
    <>
      {state === undefined && <ByPassword login={login} inPlace={inPlace} keep={setPassword} done={arrive} />}
      {state === 'second_factor_needed' && <SecondFactor done={arrive} />}
      {state === 'password_change_needed' && (
        <>
          <Typography.Title level={2} style={{ fontSize: 18 }}>{t('change')}</Typography.Title>
          <Typography.Paragraph>{t('changeWhy')}</Typography.Paragraph>
          <NewPassword login={me?.login ?? ''} old={password} done={() => void look()} />
        </>
      )}
      {state === 'second_factor_enrolment_needed' && (
        <>
          <Typography.Title level={2} style={{ fontSize: 18 }}>{t('enrol')}</Typography.Title>
          <Typography.Paragraph>{t('enrolWhy')}</Typography.Paragraph>
          <Suspense fallback={<Loading rows={4} />}>
            <Enrol login={me?.login ?? ''} done={() => void look()} />
          </Suspense>
        </>
      )}
      {state !== undefined && <Button type="link" style={{ paddingInline: 0, marginTop: 8 }} onClick={() => void startAgain()}>{t('startAgain')}</Button>}
    </>
  )
}

function problemIn(error: unknown): Problem | undefined {
  return error instanceof Problem ? error : undefined
}

interface Credentials {
  login: string
  password: string
}

function ByPassword({ login, inPlace, keep, done }: { login?: string; inPlace?: boolean; keep: (password: string) => void; done: (me: Me) => void }) {
  const { t } = useTranslation('signin')
  const options = useQuery({ queryKey: ['sign-in'], queryFn: () => ask(api.GET('/api/v1/sign-in')), staleTime: Infinity })
  const enter = useMutation({
    mutationFn: (body: Credentials) => ask(api.POST('/api/v1/session', { body })),
    onSuccess: (me, { password }) => {
      keep(password)
      done(me)
    },
  })
  const elsewhere = useMutation({
    mutationFn: async (name: string) => {
      // Opened at once, while the click still allows it.
      const tab = inPlace ? window.open('', '_blank') : null
      try {
        const { location } = await ask(api.POST('/api/v1/session/provider/{name}', { params: { path: { name } } }))
        if (tab) tab.location.href = location
        else window.location.assign(location)
      } catch (error) {
        tab?.close()
        throw error
      }
    },
  })
  const problem = problemIn(enter.error) ?? problemIn(elsewhere.error)
  const wait = useWait(problem)
  return (
    <>
      <Refused problem={problem} wait={wait} />
      <Form layout="vertical" requiredMark={false} initialValues={{ login }} onFinish={(v: Credentials) => enter.mutate(v)} data-passing>
        <Form.Item name="login" label={t('login')} rules={[{ required: true, message: t('loginNeeded') }]}>
          <Input autoComplete="username" autoFocus={!login} autoCapitalize="none" spellCheck={false} maxLength={100} size="large" />
        </Form.Item>
        <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('passwordNeeded') }]}>
          <PasswordInput autoComplete="current-password" autoFocus={!!login} maxLength={1024} size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={enter.isPending} disabled={wait > 0}>{t('enter')}</Button>
      </Form>
      {options.data && options.data.providers.length > 0 && (
        <>
          <Divider plain>{t('or')}</Divider>
          <Space orientation="vertical" style={{ width: '100%' }}>
            {options.data.providers.map((p) => (
              <Button key={p.name} block size="large" loading={elsewhere.isPending && elsewhere.variables === p.name} onClick={() => elsewhere.mutate(p.name)}>{p.title}</Button>
            ))}
          </Space>
          {inPlace && <Typography.Paragraph type="secondary" style={{ marginTop: 8 }}>{t('elsewhereInPlace')}</Typography.Paragraph>}
        </>
      )}
      {options.data?.second_factor === 'required' && <Typography.Paragraph type="secondary" style={{ marginTop: 16, marginBottom: 0 }}>{t('secondFactorRequired')}</Typography.Paragraph>}
    </>
  )
}

function SecondFactor({ done }: { done: (me: Me) => void }) {
  const { t } = useTranslation('signin')
  const [recovery, setRecovery] = useState(false)
  const give = useMutation({
    mutationFn: (body: { code: string }) => ask(api.POST('/api/v1/session/second-factor', { body: { code: body.code.replace(/\s/g, '') } })),
    onSuccess: done,
  })
  const problem = problemIn(give.error)
  const wait = useWait(problem)
  return (
    <>
      <Typography.Title level={2} style={{ fontSize: 18 }}>{t('secondFactor')}</Typography.Title>
      <Refused problem={problem} wait={wait} />
      <Form key={String(recovery)} layout="vertical" requiredMark={false} onFinish={(v: { code: string }) => give.mutate(v)} data-passing>
        <Form.Item name="code" label={recovery ? t('recoveryCode') : t('code')} extra={recovery ? t('recoveryHelp') : t('codeHelp')} rules={[{ required: true, message: t('codeNeeded') }]}>
          <Input autoFocus autoComplete="one-time-code" inputMode={recovery ? 'text' : 'numeric'} maxLength={recovery ? 64 : 7} size="large" className="numeric" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={give.isPending} disabled={wait > 0}>{t('confirm')}</Button>
      </Form>
      <Button type="link" style={{ paddingInline: 0, marginTop: 8 }} onClick={() => { give.reset(); setRecovery(!recovery) }}>{recovery ? t('useApp') : t('useRecovery')}</Button>
      <Typography.Paragraph type="secondary" style={{ marginBottom: 0 }}>{t('lost')}</Typography.Paragraph>
    </>
  )
}
