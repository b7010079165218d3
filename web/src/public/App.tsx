import { useCallback, useEffect, useState, type MouseEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { languages, type Language } from '../i18n'
import { Help } from './Help'
import { leave } from './leave'
import { Receipt } from './Receipt'
import { Report } from './Report'
import './public.css'

const paths = ['/report', '/help', '/receipt'] as const
type Path = (typeof paths)[number]

function here(): Path {
  return paths.find((p) => location.pathname === p || location.pathname.startsWith(`${p}/`)) ?? '/report'
}

/**
 * The pages of the public: /report, /help and /receipt. Going from one to the other leaves no step behind in the
 * browser's history, and what stood on a page is gone with it.
 */
export function App() {
  const { t } = useTranslation('public')
  const [path, setPath] = useState(here)
  const [code, setCode] = useState('')
  useEffect(() => {
    document.title = t('title')
  }, [t])
  const go = useCallback((to: Path, withCode = '') => {
    history.replaceState(null, '', to)
    setCode(withCode)
    setPath(to)
    window.scrollTo({ top: 0 })
  }, [])
  return (
    <>
      <a className="skip" href="#main">{t('skip')}</a>
      <header className="top no-print">
        <Languages />
        <Exit />
      </header>
      <Offline />
      <main id="main">
        {path === '/report' && <Report follow={(c) => go('/receipt', c)} help={<Go to="/help" go={go}>{t('nav.help')}</Go>} />}
        {path === '/help' && <Help follow={(c) => go('/receipt', c)} />}
        {path === '/receipt' && <Receipt code={code} />}
      </main>
      <footer className="no-print">
        <nav aria-label={t('nav.label')}>
          {paths.filter((p) => p !== path).map((p) => <Go key={p} to={p} go={go}>{t(`nav.${p.slice(1) as 'report' | 'help' | 'receipt'}`)}</Go>)}
        </nav>
        <Lines />
      </footer>
    </>
  )
}

function Go({ to, go, children }: { to: Path; go: (to: Path) => void; children: ReactNode }) {
  const { t } = useTranslation('public')
  function follow(e: MouseEvent) {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return
    e.preventDefault()
    // As a browser asks before it leaves a page on which something was typed.
    if (window.dispatchEvent(new Event('beforeunload', { cancelable: true })) || window.confirm(t('leaveTyped'))) go(to)
  }
  return <a href={to} onClick={follow}>{children}</a>
}

/** Leaves at once, by the button or by pressing Escape twice. */
function Exit() {
  const { t } = useTranslation('public')
  useEffect(() => {
    let last = -Infinity
    const press = (e: KeyboardEvent) => {
      if (e.key !== 'Escape' || e.repeat) return
      if (e.timeStamp - last < 1_500) {
        e.preventDefault() // by itself the key stops a browser that is on its way
        void leave()
      }
      last = e.timeStamp
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  return <button type="button" className="exit" title={t('exitHint')} onClick={() => void leave()}>{t('exit')}</button>
}

/** The language of this tab. Nothing of it is kept on the device. */
function Languages() {
  const { t, i18n } = useTranslation('public')
  async function speak(language: Language) {
    if (language === 'en' && !i18n.hasResourceBundle('en', 'public')) {
      const words = await import('./english')
      i18n.addResourceBundle('en', 'public', words.page)
      i18n.addResourceBundle('en', 'filing', words.form)
    }
    document.documentElement.lang = language
    await i18n.changeLanguage(language)
  }
  return (
    <span className="languages" role="group" aria-label={t('language')}>
      {languages.map((l) => <button key={l} type="button" lang={l} aria-pressed={i18n.language === l} onClick={() => void speak(l)}>{t(`languages.${l}`)}</button>)}
    </span>
  )
}

function Offline() {
  const { t } = useTranslation('public')
  const [online, setOnline] = useState(navigator.onLine)
  useEffect(() => {
    const change = () => setOnline(navigator.onLine)
    window.addEventListener('online', change)
    window.addEventListener('offline', change)
    return () => {
      window.removeEventListener('online', change)
      window.removeEventListener('offline', change)
    }
  }, [])
  return online ? null : <p className="offline" role="status">{t('offline')}</p>
}

/** Whom one can call instead. */
function Lines() {
  const { t } = useTranslation('public')
  return (
    <section className="lines" aria-label={t('lines.title')}>
      <h2>{t('lines.title')}</h2>
      <ul>
        {(['110', '12345', '12355', '12338', '12309', '12348'] as const).map((n) => (
          <li key={n}><a href={`tel:${n}`}><strong>{n}</strong> {t(`lines.${n}`)}</a></li>
        ))}
      </ul>
    </section>
  )
}
