import { GlobalOutlined, LogoutOutlined, MenuOutlined, QuestionCircleOutlined, UserOutlined } from '@ant-design/icons'
import { Alert, App, Button, Drawer, Dropdown, Grid, Layout as Frame, Menu, Space, Typography } from 'antd'
import { Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useLocation, useNavigate } from 'react-router'

import { api, ask, Problem } from '../api/client'
import { useStream } from '../api/stream'
import { languages } from '../i18n'
import { need, withWords } from '../i18n/load'
import { releaseAll, wouldLose } from '../unsaved'
import { menuOf, pages, searching } from './pages'
import { hasRole, leave, useEnded, useSession, type Me } from './session'
import { Bell } from './ui/Bell'
import { useIdleLock } from './ui/idle'
import { useLanguage } from './ui/LanguageSwitch'
import { SearchBox } from './ui/SearchBox'
import { Failed, Loading, OfflineBar } from './ui/states'
import { useUnsavedWatch } from './ui/unsaved'

// The way in weighs as much as a page. Whoever is in already has it fetched in time for the end of the session.
const again = () => import('./pages/signin/Again')
const SignIn = withWords(() => import('./pages/signin'), 'account', 'engine', 'signin')
const SignInAgain = withWords(again, 'account', 'signin')

/** The frame of every page: sign-in first, then menu, page and who is signed in. */
export function Layout() {
  const session = useSession()
  const ended = useEnded()
  const inside = session.data?.state === 'signed_in'
  useStream(inside && !ended)
  useEffect(() => {
    if (!inside) return
    const later = setTimeout(() => void Promise.all([again(), need('account', 'signin')]).catch(() => undefined), 10_000)
    return () => clearTimeout(later)
  }, [inside])
  if (session.isPending) return <div className="page"><Loading /></div>
  // What failed in the background leaves the page as it is, with what is typed in it.
  if (session.data === undefined) return <div className="page"><Failed error={session.error} again={() => void session.refetch()} /></div>
  if (!session.data || !inside) return <Suspense fallback={<div className="page"><Loading /></div>}><SignIn from={session.data ?? undefined} /></Suspense>
  return (
    <>
      <SignedIn key={session.data.person} me={session.data} ended={ended} />
      {ended && <Suspense fallback={null}><SignInAgain me={session.data} /></Suspense>}
    </>
  )
}

function SignedIn({ me, ended }: { me: Me; ended: boolean }) {
  const { t } = useTranslation(['nav', 'common'])
  useUnsavedWatch()
  const leaving = useIdleLock(me.idle_seconds, ended)
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
        items={menuOf(me).map((p) => ({ key: p.path, icon: p.icon, label: <Link to={p.path}>{t(`nav:${p.name}`)}</Link> }))}
        onClick={() => setOpen(false)}
        style={{ border: 0 }}
      />
    </nav>
  )
  return (
    <Frame style={{ minHeight: '100vh' }}>
      <a className="skip" href="#main">{t('common:skip')}</a>
      <OfflineBar />
      {me.unconfirmed && <Alert banner type="warning" title={t('nav:unconfirmed')} className="no-print" />}
      {leaving && !ended && <Alert banner type="warning" role="alert" title={t('nav:idle')} className="no-print" style={{ position: 'sticky', top: 64, zIndex: 9 }} />}
      <Frame.Header className="no-print" style={{ display: 'flex', alignItems: 'center', gap: 12, paddingInline: 16, position: 'sticky', top: 0, zIndex: 10, background: '#124f41' }}>
        {!wide && <Button type="text" aria-label={t('nav:menu')} icon={<MenuOutlined style={{ color: '#fff' }} />} onClick={() => setOpen(true)} />}
        <Link to="/" style={{ color: '#fff', fontSize: 18, fontWeight: 600, whiteSpace: 'nowrap' }}>{t('common:product')}</Link>
        {wide && <Typography.Text style={{ color: 'rgba(255,255,255,0.85)' }}>{t('common:tagline')}</Typography.Text>}
        <span style={{ flex: 1 }} />
        {hasRole(me, ...searching) && <SearchBox />}
        <Bell />
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
      <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={240} mask={{ closable: true }} title={t('common:product')} styles={{ body: { padding: 0 } }}>
        {menu}
      </Drawer>
    </Frame>
  )
}

function Account({ me }: { me: Me }) {
  const { t } = useTranslation(['nav', 'common'])
  const [, change] = useLanguage()
  const navigate = useNavigate()
  const works = pages.some((p) => p.path === '/' && p.roles && hasRole(me, ...p.roles))
  const { modal, message } = App.useApp()
  async function signOut() {
    try {
      await ask(api.DELETE('/api/v1/session'))
    } catch (error) {
      void message.error(error instanceof Problem ? error.title : t('common:problem.broken'))
      return
    }
    releaseAll()
    await navigate('/')
    leave()
  }
  function confirmSignOut() {
    if (!wouldLose('tab')) return void signOut()
    modal.confirm({ title: t('nav:unsavedTitle'), content: t('nav:unsaved'), okText: t('nav:signOut'), okButtonProps: { danger: true }, cancelText: t('common:action.cancel'), onOk: signOut })
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'account', icon: <UserOutlined />, label: <Link to="/account">{t('nav:account')}</Link> },
          ...(works ? [{ key: 'tour', icon: <QuestionCircleOutlined />, label: t('nav:tour'), onClick: () => void navigate('/', { state: { tour: Date.now() } }) }] : []),
          { type: 'divider' },
          ...languages.map((language) => ({ key: language, icon: <GlobalOutlined />, label: <span lang={language}>{t(`common:language.${language}`)}</span>, onClick: () => change(language) })),
          { type: 'divider' },
          { key: 'leave', icon: <LogoutOutlined />, label: t('nav:signOut'), onClick: confirmSignOut },
        ],
      }}
    >
      <Button type="text" style={{ color: '#fff' }} data-tour="menu" aria-label={t('nav:own', { name: me.name })}>
        <Space size={6}>
          <UserOutlined />
          {me.name}
        </Space>
      </Button>
    </Dropdown>
  )
}
