import { DeleteOutlined, SaveOutlined } from '@ant-design/icons'
import { App, Button, Dropdown, Input, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'

interface View {
  name: string
  search: string
}

function read(key: string): View[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as View[]
  } catch {
    return []
  }
}

/** Saved views of a list: a name for the filters in the URL, kept in this browser. Filters hold codes only, nothing personal. */
export function SavedViews({ page }: { page: string }) {
  const { t } = useTranslation(['views', 'common'])
  const key = `tonghu.views.${page}`
  const [views, setViews] = useState(() => read(key))
  const { search, pathname } = useLocation()
  const navigate = useNavigate()
  const { modal } = App.useApp()
  function keep(next: View[]) {
    setViews(next)
    localStorage.setItem(key, JSON.stringify(next))
  }
  function save() {
    let name = ''
    modal.confirm({
      title: t('saveTitle'),
      content: <Input maxLength={30} aria-label={t('name')} placeholder={t('name')} onChange={(e) => (name = e.target.value.trim())} />,
      okText: t('common:action.save'),
      onOk: () => {
        if (!name) return Promise.reject(new Error('no name'))
        keep([...views.filter((v) => v.name !== name), { name, search }])
        return undefined
      },
    })
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          ...views.map((v) => ({
            key: v.name,
            label: (
              <Space style={{ justifyContent: 'space-between', width: '100%' }}>
                {v.name}
                <Button
                  type="text"
                  size="small"
                  aria-label={t('drop', { name: v.name })}
                  icon={<DeleteOutlined />}
                  onClick={(e) => {
                    e.stopPropagation()
                    keep(views.filter((other) => other.name !== v.name))
                  }}
                />
              </Space>
            ),
            onClick: () => void navigate(pathname + v.search),
          })),
          ...(views.length ? [{ type: 'divider' as const }] : []),
          { key: '+', icon: <SaveOutlined />, label: t('save'), onClick: save, disabled: !search },
        ],
      }}
    >
      <Button>{t('views')}</Button>
    </Dropdown>
  )
}
