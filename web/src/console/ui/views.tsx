import { DeleteOutlined, SaveOutlined } from '@ant-design/icons'
import { App, Button, Dropdown, Space } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'

import { useMe } from '../session'
import { keepViews, viewsOf, type View } from './saved'

const SaveView = lazy(() => import('./SaveView'))

/** The views of a list that a person saved in this browser; whoever signs in after them sees their own. */
export function SavedViews({ page }: { page: string }) {
  const { t } = useTranslation(['views', 'common'])
  const { person } = useMe()
  const [views, setViews] = useState(() => viewsOf(person, page))
  const [saving, setSaving] = useState(false)
  const { search, pathname } = useLocation()
  const navigate = useNavigate()
  const { message } = App.useApp()
  function keep(next: View[]) {
    setViews(next)
    keepViews(person, page, next)
  }
  function drop(view: View) {
    keep(views.filter((other) => other.name !== view.name))
    const key = `view ${view.name}`
    const undo = () => {
      keep([...viewsOf(person, page), view])
      message.destroy(key)
    }
    void message.open({ key, type: 'info', duration: 8, content: <>{t('dropped', { name: view.name })} <Button type="link" size="small" onClick={undo}>{t('common:action.undo')}</Button></> })
  }
  return (
    <>
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
                    drop(v)
                  }}
                />
              </Space>
            ),
            onClick: () => void navigate(pathname + v.search),
          })),
          ...(views.length ? [{ type: 'divider' as const }] : []),
          { key: '+', icon: <SaveOutlined />, label: t('save'), onClick: () => setSaving(true), disabled: !search },
        ],
      }}
    >
      <Button>{t('views')}</Button>
    </Dropdown>
    {saving && (
      <Suspense fallback={null}>
        <SaveView
          close={() => setSaving(false)}
          save={(name) => {
            keep([...views.filter((v) => v.name !== name), { name, search }])
            setSaving(false)
          }}
        />
      </Suspense>
    )}
    </>
  )
}
