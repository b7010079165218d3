import { ReloadOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Card, Space, Tag, Typography } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { api, ask } from '../../../api/client'
import { Shown } from '../../ui/states'
import { Moment, useNow, useSpan } from '../../ui/time'
import { judge, type Light, type Row } from './limits'

const lights: Light[] = ['red', 'yellow', 'green']
const colours = { red: 'error', yellow: 'warning', green: 'success' } as const

/** Whether the product does what it promises: each count with what it means and what to do about it. */
export default function Health() {
  const { t } = useTranslation(['health', 'common'])
  const now = useNow()
  const health = useQuery({ queryKey: ['list', 'health'], queryFn: () => ask(api.GET('/api/v1/health')), refetchInterval: 10_000 })
  return (
    <>
      <Space wrap style={{ justifyContent: 'space-between', width: '100%', marginBottom: 12 }}>
        <h1 className="page-title" style={{ margin: 0 }}>{t('title')}</h1>
        <Space>
          <Typography.Text type="secondary">{t('at')} <Moment at={health.dataUpdatedAt ? new Date(health.dataUpdatedAt).toISOString() : undefined} /></Typography.Text>
          <Button icon={<ReloadOutlined />} onClick={() => void health.refetch()}>{t('common:action.refresh')}</Button>
        </Space>
      </Space>
      <Shown of={health}>
        {(data) => {
          const rows = judge(data, now)
          const worst = lights.find((l) => rows.some((r) => r.light === l)) ?? 'green'
          return (
            <>
              <Alert
                type={worst === 'red' ? 'error' : worst === 'yellow' ? 'warning' : 'success'}
                showIcon
                style={{ marginBottom: 16 }}
                title={worst === 'green' ? t('allGood') : t('attention', { count: rows.filter((r) => r.light !== 'green').length })}
              />
              <div className="tiles">
                {rows.map((row) => <Count key={row.name} of={row} />)}
              </div>
              <Card title={t('processes')} style={{ marginTop: 16 }}>
                <p style={{ marginTop: 0 }}>{t('version')} <code>{data.version || t('unknown')}</code></p>
                <strong>{t('workers')}</strong>
                <ul className="plain rows">
                  {data.workers.map((w) => <li key={w.name}><code>{w.name}</code> · {w.build ? t('build', { build: w.build }) : t('noBuild')} · {t('seen')} <Moment at={w.seen} /></li>)}
                  {data.workers.length === 0 && <li><Typography.Text type="danger">{t('noWorkers')}</Typography.Text></li>}
                </ul>
                <strong>{t('programs')}</strong>
                <ul className="plain rows">
                  {data.processes.map((p) => (
                    <li key={p.name + p.seen}>
                      <code>{p.name}</code> · {t('seen')} <Moment at={p.seen} /> {p.gone && <Tag>{t('gone')}</Tag>} {p.stuck && <Tag color="error">{t('stuck')}</Tag>}
                    </li>
                  ))}
                </ul>
              </Card>
            </>
          )
        }}
      </Shown>
    </>
  )
}

function Count({ of }: { of: Row }) {
  const { t } = useTranslation(['health', 'common'])
  const span = useSpan()
  let value: ReactNode = of.count
  if (of.seconds !== undefined) value = of.seconds < 60 ? t('seconds', { count: Math.round(of.seconds) }) : span(of.seconds * 1000)
  if (of.at !== undefined) value = of.at ? <Moment at={of.at} /> : t('never')
  if (of.word) value = of.word === 'up' ? t('up') : t('down')
  if (of.text) value = of.text
  return (
    <Card size="small" role="group" aria-label={t(`rows.${of.name}.name`)} data-light={of.light}>
      <div style={{ display: 'flex', justifyContent: 'space-between', gap: 12, alignItems: 'start' }}>
        <strong>{t(`rows.${of.name}.name`)}</strong>
        <Tag color={colours[of.light]}>{t(`light.${of.light}`)}</Tag>
      </div>
      <div className="numeric" style={{ fontSize: 22, marginBlock: 4 }}>{value}</div>
      {of.more !== undefined && <div className="numeric"><Typography.Text type="secondary">{t(`rows.${of.name}.more`, { count: of.more })}</Typography.Text></div>}
      {of.detail?.map((line) => <div key={line} className="numeric"><Typography.Text type="secondary">{line}</Typography.Text></div>)}
      {of.since && <div><Typography.Text type="secondary">{t(`since.${of.since.word}`)} <Moment at={of.since.at} /></Typography.Text></div>}
      <div>{t(`rows.${of.name}.means`)}</div>
      {of.light !== 'green' && <div style={{ marginTop: 4 }}><strong>{t('todo')}</strong> {t(`rows.${of.name}.todo`)}</div>}
    </Card>
  )
}
