import { GlobalOutlined, LogoutOutlined, MenuOutlined, UserOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Drawer, Dropdown, Grid, Layout as Frame, Menu, Space, Typography } from 'antd'
import { Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useLocation, useNavigate } from 'react-router'

import { api, ask } from '../api/client'
import { useStream } from '../api/stream'
import { languages } from '../i18n'
import { switchTo } from '../i18n/load'
import { pages } from './pages'
import SignIn from './pages/signin'
import { hasRole, useSession, type Me } from './session'
import { Failed, Loading, OfflineBar } from './ui/states'

/** The frame of every page: sign-in first, then menu, page and who is signed in. */
export function Layout() {
  const session = useSession()
  useStream(!!session.data)
  if (session.isPending) return <div className="page"><Loading /></div>
  if (session.error) return <div className="page"><Failed error={session.error} again={() => void session.refetch()} /></div>
  if (!session.data) return <SignIn />
  return <SignedIn me={session.data} />
}

function SignedIn({ me }: { me: Me }) {
  const { t } = useTranslation(['nav', 'common'])
  const wide = Grid.useBreakpoint().lg
  const [open, setOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  const page = pages.find((p) => p.path === pathname) ?? pages.find((p) => p.path !== '/' && pathname.startsWith(p.path.replace('/:id', '/')))
  useEffect(() => {
    document.title = page ? `${t(`nav:${page.name}`)} · ${t('common:product')}` : t('common:product')
  }, [page, t])
  const menu = (
    <nav aria-label={t('nav:menu')}>
      <Menu
        mode="inline"
        selectedKeys={page ? [page.path === '/cases/:id' ? '/cases' : page.path] : []}
        items={pages
          .filter((p) => !p.hidden && (!p.roles || hasRole(me, ...p.roles)))
          .map((p) => ({ key: p.path, icon: p.icon, label: <Link to={p.path}>{t(`nav:${p.name}`)}</Link> }))}
        onClick={() => setOpen(false)}
        style={{ border: 0 }}
      />
    </nav>
  )
  return (
    <Frame style={{ minHeight: '100vh' }}>
      <a className="skip" href="#main">{t('common:skip')}</a>
      <OfflineBar />
      <Frame.Header className="no-print" style={{ display: 'flex', alignItems: 'center', gap: 12, paddingInline: 16, position: 'sticky', top: 0, zIndex: 10, background: '#124f41' }}>
        {!wide && <Button type="text" aria-label={t('nav:menu')} icon={<MenuOutlined style={{ color: '#fff' }} />} onClick={() => setOpen(true)} />}
        <Link to="/" style={{ color: '#fff', fontSize: 18, fontWeight: 600, whiteSpace: 'nowrap' }}>{t('common:product')}</Link>
        {wide && <Typography.Text style={{ color: 'rgba(255,255,255,0.85)' }}>{t('common:tagline')}</Typography.Text>}
        <span style={{ flex: 1 }} />
        <Account me={me} />
      </Frame.Header>
      <Frame hasSider={wide}>
        {wide && <Frame.Sider width={190} theme="light" className="no-print">{menu}</Frame.Sider>}
        <Frame.Content id="main" ref={main} tabIndex={-1} style={{ outline: 'none', minWidth: 0 }}>
          <div className="page">
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </div>
        </Frame.Content>
      </Frame>
      <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={240} title={t('common:product')} styles={{ body: { padding: 0 } }}>
        {menu}
      </Drawer>
    </Frame>
  )
}

function Account({ me }: { me: Me }) {
  const { t, i18n } = useTranslation(['nav', 'common'])
  const queries = useQueryClient()
  const navigate = useNavigate()
  async function leave() {
    await ask(api.DELETE('/api/v1/session'))
    queries.clear()
    await navigate('/')
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'account', icon: <UserOutlined />, label: <Link to="/account">{t('nav:account')}</Link> },
          {
            key: 'language',
            icon: <GlobalOutlined />,
            label: t('common:language.switch'),
            children: languages.map((language) => ({
              key: language,
              label: t(`common:language.${language}`),
              onClick: () => void switchTo(language, (l, ns, words) => i18n.addResourceBundle(l, ns, words)),
            })),
          },
          { type: 'divider' },
          { key: 'leave', icon: <LogoutOutlined />, label: t('nav:signOut'), onClick: () => void leave() },
        ],
      }}
    >
      <Button type="text" style={{ color: '#fff' }}>
        <Space size={6}>
          <UserOutlined />
          {me.name}
        </Space>
      </Button>
    </Dropdown>
  )
}
