import { useMutation } from '@tanstack/react-query'
import { Button, Form, Input, QRCode, Typography } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem } from '../../../api/client'
import { needSignIn } from '../../session'
import { Failed, Loading } from '../../ui/states'
import { RecoveryCodes } from './RecoveryCodes'

/** Enrolling an authenticator app: the picture or the letters into the app, a code back, recovery codes to keep. */
export default function Enrol({ login, done }: { login: string; done: () => void }) {
  const { t } = useTranslation('account')
  const [codes, setCodes] = useState<string[]>()
  const { mutate: begin, ...prepared } = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/me/second-factor')),
    onError: (error) => {
      if (error instanceof Problem && error.code === 'sign_in_again_needed') needSignIn()
    },
  })
  const enrol = useMutation({
    mutationFn: (v: { code: string }) => ask(api.PUT('/api/v1/me/second-factor', { body: { code: v.code.replace(/\s/g, '') } })),
    onSuccess: (answer) => setCodes(answer.codes),
    onError: (error) => {
      if (error instanceof Problem && error.code === 'sign_in_again_needed') needSignIn()
    },
  })
  useEffect(() => begin(), [begin])
  if (codes) return <RecoveryCodes codes={codes} login={login} done={done} />
  if (prepared.error) return <Failed error={prepared.error} again={begin} />
  if (!prepared.data) return <Loading rows={4} />
  const { secret, uri } = prepared.data
  return (
    <>
      <ol style={{ paddingInlineStart: 20 }}>
        <li>{t('enrolApp')}</li>
        <li>
          {t('enrolScan')}
          <div style={{ display: 'flex', flexWrap: 'wrap', gap: 16, margin: '8px 0', alignItems: 'center' }}>
            <QRCode aria-label={t('qrLabel')} value={uri} type="svg" size={176} color="#000000" bgColor="#ffffff" errorLevel="M" />
            <div style={{ flex: '1 1 180px' }}>
              <div>{t('enrolType')}</div>
              <Typography.Text code copyable={{ text: secret.replace(/\s/g, '') }} style={{ wordBreak: 'break-word' }}>{secret}</Typography.Text>
              <div style={{ marginTop: 8 }}><a href={uri}>{t('enrolOpen')}</a></div>
            </div>
          </div>
        </li>
        <li>{t('enrolCode')}</li>
      </ol>
      {enrol.error && <Failed error={enrol.error} />}
      <Form layout="vertical" requiredMark={false} onFinish={(v: { code: string }) => enrol.mutate(v)} data-passing style={{ maxWidth: 320, marginTop: 12 }}>
        <Form.Item name="code" label={t('code')} rules={[{ required: true, message: t('codeNeeded') }]}>
          <Input autoComplete="one-time-code" inputMode="numeric" maxLength={7} className="numeric" size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={enrol.isPending}>{t('enrolFinish')}</Button>
      </Form>
    </>
  )
}
