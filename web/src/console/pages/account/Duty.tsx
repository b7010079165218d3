import { useQueries } from '@tanstack/react-query'
import { Card, Space, Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask } from '../../../api/client'
import { useMe } from '../../session'
import { usePost } from '../../ui/names'
import { Shown } from '../../ui/states'

/** One's posts, and who else stands for each (AB角). */
export function Duty() {
  const { t } = useTranslation('account')
  const me = useMe()
  const post = usePost()
  const asked = useQueries({
    queries: me.posts.map((p) => ({ queryKey: ['posts', p.post], queryFn: () => ask(api.GET('/api/v1/posts', { params: { query: { prefix: p.post, limit: 50 } } })) })),
  })
  return (
    <Card title={t('duty')}>
      {me.posts.length === 0 && t('noPosts')}
      <ul className="plain rows">
        {me.posts.map((p, i) => (
          <li key={p.post}>
            <strong>{post(p.post)}</strong>
            <Shown of={asked[i]!} rows={1}>
              {(data) => {
                const people = data.items.filter((h) => h.post === p.post)
                return (
                  <div>
                    <Space wrap size={[12, 0]}>
                      {people.map((h) => (
                        <span key={h.person + String(h.deputy)}>
                          <Typography.Text type="secondary">{h.deputy ? t('deputy') : t('holder')}</Typography.Text> {h.name} {h.on_leave && <Tag>{t('onLeave')}</Tag>}
                        </span>
                      ))}
                      {!people.some((h) => h.deputy) && <Typography.Text type="danger">{t('nobody')}</Typography.Text>}
                    </Space>
                    {people.some((h) => h.deputy && h.person === me.person) && <div><Typography.Text type="secondary">{t('mineAsDeputy')}</Typography.Text></div>}
                  </div>
                )
              }}
            </Shown>
          </li>
        ))}
      </ul>
    </Card>
  )
}
