import { CopyOutlined, PrinterOutlined } from '@ant-design/icons'
import { Alert, App, Button, Checkbox, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { wallText } from '../../ui/wall'

/** The recovery codes, shown this once: to copy or to print, and to say that they are kept. */
export function RecoveryCodes({ codes, login, done }: { codes: string[]; login: string; done: () => void }) {
  const { t } = useTranslation(['account', 'common'])
  const { message } = App.useApp()
  const [kept, setKept] = useState(false)
  async function copy() {
    try {
      await navigator.clipboard.writeText(codes.join('\n'))
      void message.success(t('common:action.copied'))
    } catch {
      void message.error(t('copyFailed'))
    }
  }
  return (
    <section aria-label={t('recoveryCodes')}>
      <Alert type="warning" showIcon title={t('recoveryOnce')} description={t('recoveryWhat')} style={{ marginBottom: 12 }} />
      <div className="print-part">
        <strong>{t('recoveryTitle', { login })}</strong>
        <ul className="numeric codes">
          {codes.map((code) => <li key={code}><code>{code}</code></li>)}
        </ul>
        <div>{t('recoveryMade', { at: wallText() })}</div>
      </div>
      <Space wrap style={{ marginBlock: 12 }}>
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>{t('common:action.copy')}</Button>
        <Button icon={<PrinterOutlined />} onClick={() => window.print()}>{t('common:action.print')}</Button>
      </Space>
      <div style={{ marginBottom: 12 }}><Checkbox checked={kept} onChange={(e) => setKept(e.target.checked)}>{t('recoveryKept')}</Checkbox></div>
      <Button type="primary" disabled={!kept} onClick={done}>{t('goOn')}</Button>
    </section>
  )
}
