import { Button, Modal } from 'antd'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

const keys = ['n', 'f', '?'] as const

/** Shortcuts of a case's page: n goes to the next obligation, f opens the first form, ? lists them. */
export function Shortcuts() {
  const { t } = useTranslation('case')
  const [listed, setListed] = useState(false)
  useEffect(() => {
    function press(event: KeyboardEvent) {
      const at = event.target as HTMLElement
      if (event.ctrlKey || event.altKey || event.metaKey || at.closest('input, textarea, select, [contenteditable], [role=dialog]')) return
      const buttons = [...document.querySelectorAll<HTMLElement>('#now .owed button.step')]
      if (event.key === '?') setListed(true)
      else if (event.key === 'n') buttons[(buttons.indexOf(at) + 1) % Math.max(buttons.length, 1)]?.focus()
      else if (event.key === 'f') buttons[0]?.click()
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
  return (
    <div className="no-print">
      <Button type="text" size="small" onClick={() => setListed(true)}>{t('keys.title')}</Button>
      <Modal open={listed} title={t('keys.title')} footer={null} onCancel={() => setListed(false)}>
        <dl className="keys">
          {keys.map((k) => (
            <div key={k}>
              <dt><kbd>{k}</kbd></dt>
              <dd>{t(`keys.${k === '?' ? 'list' : k}`)}</dd>
            </div>
          ))}
        </dl>
      </Modal>
    </div>
  )
}
