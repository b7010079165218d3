import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Card, Form, Input, Typography } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem } from '../../../api/client'
import { OfflineBar } from '../../ui/states'

/** Sign-in by name and password. */
export default function SignIn() {
  const { t } = useTranslation(['signin', 'common'])
  const queries = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  async function enter(values: { login: string; password: string }) {
    setBusy(true)
    setProblem(undefined)
    try {
      queries.setQueryData(['me'], await ask(api.POST('/api/v1/session', { body: values })))
    } catch (error) {
      if (error instanceof Problem) setProblem(error)
      else throw error
    } finally {
      setBusy(false)
    }
  }
  return (
    <main style={{ minHeight: '100vh', display: 'grid', placeItems: 'center', padding: 16 }}>
      <OfflineBar />
      <Card style={{ width: '100%', maxWidth: 380 }}>
        <Typography.Title level={1} style={{ fontSize: 24, marginTop: 0 }}>{t('common:product')}</Typography.Title>
        <Typography.Paragraph type="secondary">{t('common:tagline')}</Typography.Paragraph>
        {problem && <Alert type="error" showIcon title={problem.title} description={problem.detail} style={{ marginBottom: 16 }} role="alert" />}
        <Form layout="vertical" requiredMark={false} onFinish={(v: { login: string; password: string }) => void enter(v)}>
          <Form.Item name="login" label={t('login')} rules={[{ required: true, message: t('loginNeeded') }]}>
            <Input autoComplete="username" autoFocus size="large" />
          </Form.Item>
          <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('passwordNeeded') }]}>
            <Input.Password autoComplete="current-password" size="large" />
          </Form.Item>
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>{t('enter')}</Button>
        </Form>
        <Typography.Paragraph style={{ marginTop: 16, marginBottom: 0 }}>
          <a href="/report">{t('toReport')}</a>
        </Typography.Paragraph>
      </Card>
    </main>
  )
}
