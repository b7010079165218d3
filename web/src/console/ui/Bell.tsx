import { BellOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Badge, Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

import { api, ask } from '../../api/client'

/** The inbox, with how many notices are not read: a number that follows the event stream. */
export function Bell() {
  const { t } = useTranslation('notices')
  const navigate = useNavigate()
  const { data } = useQuery({ queryKey: ['list', 'notices', 'unread'], queryFn: () => ask(api.GET('/api/v1/notices/unread')), refetchInterval: 60_000 })
  const count = data?.count ?? 0
  return (
    <Badge count={data?.more ? count + 1 : count} overflowCount={99} size="small" offset={[-6, 6]}>
      <Button type="text" aria-label={t('bell', { count })} icon={<BellOutlined style={{ color: '#fff', fontSize: 18 }} />} onClick={() => void navigate('/notices')} />
    </Badge>
  )
}
