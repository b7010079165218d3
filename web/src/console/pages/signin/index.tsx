import { Alert, Card, Typography } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { enter, type Me } from '../../session'
import { LanguageSwitch } from '../../ui/LanguageSwitch'
import { OfflineBar } from '../../ui/states'
import { useWord } from '../../ui/words'
import { Flow } from './Flow'

/** What a sign-in at an office's own provider came back with (/?sign_in=code), read once and taken out of the address. */
function useCameBack(): string | undefined {
  const [code] = useState(() => new URLSearchParams(window.location.search).get('sign_in') ?? undefined)
  useEffect(() => {
    if (code) window.history.replaceState(null, '', window.location.pathname)
  }, [code])
  return code
}

/** The page of who is not signed in yet, or not all the way. */
export default function SignIn({ from }: { from?: Me }) {
  const { t } = useTranslation(['signin', 'common'])
  const word = useWord()
  const back = useCameBack()
  useEffect(() => {
    document.title = `${t('enter')} · ${t('common:product')}`
  }, [t])
  return (
    <main style={{ minHeight: '100vh', display: 'grid', placeItems: 'center', padding: 16, boxSizing: 'border-box' }}>
      <div style={{ width: '100%', maxWidth: 420 }}>
        <OfflineBar />
        <Card>
          <div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'start' }}>
            <Typography.Title level={1} style={{ fontSize: 24, marginTop: 0 }}>{t('common:product')}</Typography.Title>
            <LanguageSwitch />
          </div>
          <Typography.Paragraph type="secondary">{t('common:tagline')}</Typography.Paragraph>
          {back && <Alert type="error" showIcon role="alert" style={{ marginBottom: 16 }} title={word(`error.${back}`)} description={word(`error.${back}.detail`)} />}
          <Flow key={from?.state} from={from} done={enter} />
          <Typography.Paragraph style={{ marginTop: 16, marginBottom: 0 }}>
            <a href="/report">{t('toReport')}</a>
          </Typography.Paragraph>
        </Card>
      </div>
    </main>
  )
}
