import { Input, Typography, type InputProps } from 'antd'
import { useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'

/** A password, with a word where the caps lock is on. */
export function PasswordInput(props: InputProps) {
  const { t } = useTranslation('signin')
  const [caps, setCaps] = useState(false)
  const look = (event: KeyboardEvent) => setCaps(event.getModifierState('CapsLock'))
  return (
    <>
      <Input.Password {...props} onKeyDown={look} onKeyUp={look} />
      <span role="status">{caps && <Typography.Text type="danger">{t('capsLock')}</Typography.Text>}</span>
    </>
  )
}
