import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Card, Popconfirm, Space, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { Failed, Shown } from '../../ui/states'
import { Moment } from '../../ui/time'

/** Where one is signed in, and a way to sign out there. */
export function Sessions() {
  const { t } = useTranslation(['account', 'common'])
  const queries = useQueryClient()
  const { message } = App.useApp()
  const list = useQuery({ queryKey: ['my-sessions'], queryFn: () => ask(api.GET('/api/v1/me/sessions')) })
  const end = useMutation({
    mutationFn: (id: string) => (id ? ask(api.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id } } })) : ask(api.DELETE('/api/v1/me/sessions'))),
    onSuccess: () => {
      void message.success(t('sessionEnded'))
      void queries.invalidateQueries({ queryKey: ['my-sessions'] })
    },
  })
  return (
    <Card title={t('sessions')}>
      <p style={{ marginTop: 0 }}>{t('sessionsHelp')}</p>
      {end.error && <Failed error={end.error} />}
      <Shown of={list} rows={3}>
        {(data) => {
          const sorted = data.items.toSorted((a, b) => Number(b.current) - Number(a.current))
          return (
            <>
              <ul className="plain rows">
                {sorted.map((s) => <Row key={s.id} of={s} end={() => end.mutate(s.id)} busy={end.isPending && end.variables === s.id} />)}
              </ul>
              {sorted.length > 1 ? (
                <Popconfirm title={t('endAllTitle')} description={t('endAllText')} okText={t('endAll')} cancelText={t('common:action.cancel')} onConfirm={() => end.mutate('')}>
                  <Button danger loading={end.isPending && end.variables === ''}>{t('endAll')}</Button>
                </Popconfirm>
              ) : (
                <Typography.Text type="secondary">{t('onlyHere')}</Typography.Text>
              )}
            </>
          )
        }}
      </Shown>
    </Card>
  )
}

function Row({ of, end, busy }: { of: Schemas['Session']; end: () => void; busy: boolean }) {
  const { t } = useTranslation(['account', 'common'])
  return (
    <li style={{ display: 'flex', gap: 12, alignItems: 'center', justifyContent: 'space-between' }}>
      <div style={{ minWidth: 0 }}>
        <Space wrap size={[8, 0]}>
          <strong>{t(`device.${of.device}`)} · {t(`browser.${of.browser}`)}</strong>
          {of.current && <Tag color="success">{t('current')}</Tag>}
        </Space>
        <div><Typography.Text type="secondary">{t(`method.${of.method}`)}{of.second_factor ? ` · ${t('withFactor')}` : ''} · {t('from', { network: of.network })}</Typography.Text></div>
        <Typography.Text type="secondary">{t('started')} <Moment at={of.started} /> · {t('seen')} <Moment at={of.seen} /></Typography.Text>
      </div>
      {!of.current && (
        <Popconfirm title={t('endOneTitle')} okText={t('endOne')} cancelText={t('common:action.cancel')} onConfirm={end}>
          <Button size="small" danger loading={busy}>{t('endOne')}</Button>
        </Popconfirm>
      )}
    </li>
  )
}
