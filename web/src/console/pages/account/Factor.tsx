import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, Modal, Popconfirm, Space, Tag, Typography } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem } from '../../../api/client'
import { needSignIn, useMe } from '../../session'
import { Failed, Loading, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'
import { RecoveryCodes } from './RecoveryCodes'

const Enrol = lazy(() => import('./Enrol'))

/** One's second factor: add or change the app, remove it where one's posts allow that, new recovery codes. */
export function Factor() {
  const { t } = useTranslation(['account', 'common'])
  const me = useMe()
  const queries = useQueryClient()
  const { message } = App.useApp()
  const [enrolling, setEnrolling] = useState(false)
  const app = useQuery({ queryKey: ['my-second-factor'], queryFn: () => ask(api.GET('/api/v1/me/second-factor')) })
  const refresh = () => void Promise.all(['my-second-factor', 'my-sessions', 'me'].map((key) => queries.invalidateQueries({ queryKey: [key] })))
  // Changing how one signs in asks for a fresh sign-in; after it one presses the button again.
  const onError = (error: unknown) => {
    if (error instanceof Problem && error.code === 'sign_in_again_needed') needSignIn()
  }
  const drop = useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/me/second-factor')),
    onError,
    onSuccess: () => {
      void message.success(t('dropped'))
      refresh()
    },
  })
  const renew = useMutation({ mutationFn: () => ask(api.POST('/api/v1/me/recovery-codes')), onError, onSuccess: refresh })
  const problem = drop.error ?? renew.error
  return (
    <Card title={t('factor')}>
      {problem ? <Failed error={problem} /> : null}
      <Shown of={app} rows={2}>
        {(data) => (
          <>
            <div style={{ marginBottom: 8 }}>
              <Tag color={data.enrolled ? 'success' : 'default'}>{data.enrolled ? t('factorOn') : t('factorOff')}</Tag>
              {data.since && <Typography.Text type="secondary">{t('since')} <Moment at={data.since} withTime={false} /></Typography.Text>}
            </div>
            {data.enrolled ? (
              <p style={{ marginTop: 0 }}>
                {t('recoveryLeft', { count: data.recovery_codes })} {data.recovery_codes < 4 && <Typography.Text type="danger">{t('recoveryFew')}</Typography.Text>}
              </p>
            ) : (
              <p style={{ marginTop: 0 }}>{t('factorAdvice')}</p>
            )}
            {me.second_factor_required && <p>{t('factorMust')}</p>}
            <Space wrap>
              <Button type={data.enrolled ? 'default' : 'primary'} onClick={() => setEnrolling(true)}>{data.enrolled ? t('enrolAnew') : t('enrol')}</Button>
              {data.enrolled && (
                <Popconfirm title={t('renewTitle')} description={t('renewText')} okText={t('renew')} cancelText={t('common:action.cancel')} onConfirm={() => renew.mutate()}>
                  <Button loading={renew.isPending}>{t('renew')}</Button>
                </Popconfirm>
              )}
              {data.enrolled && !me.second_factor_required && (
                <Popconfirm title={t('dropTitle')} description={t('dropText')} okText={t('drop')} okButtonProps={{ danger: true }} cancelText={t('common:action.cancel')} onConfirm={() => drop.mutate()}>
                  <Button danger loading={drop.isPending}>{t('drop')}</Button>
                </Popconfirm>
              )}
            </Space>
          </>
        )}
      </Shown>
      <Modal open={enrolling} title={t('enrol')} footer={null} onCancel={() => setEnrolling(false)} mask={{ closable: false }} destroyOnHidden>
        <Suspense fallback={<Loading rows={4} />}>
          <Enrol
            login={me.login}
            done={() => {
              setEnrolling(false)
              void message.success(t('enrolled'))
              refresh()
            }}
          />
        </Suspense>
      </Modal>
      <Modal open={!!renew.data} title={t('recoveryCodes')} footer={null} closable={false} mask={{ closable: false }} destroyOnHidden>
        {renew.data && <RecoveryCodes codes={renew.data.codes} login={me.login} done={renew.reset} />}
      </Modal>
    </Card>
  )
}
