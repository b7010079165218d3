import { Button, Modal, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { enter, leave, type Me } from '../../session'
import { Flow } from './Flow'

/** Signing in again over the page that one worked on: the page is covered, and everything typed on it stays. */
export default function SignInAgain({ me }: { me: Me }) {
  const { t } = useTranslation('signin')
  return (
    <Modal
      open
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      title={t('ended')}
      zIndex={3000}
      width={440}
      destroyOnHidden
      footer={<Button onClick={leave}>{t('leaveInstead')}</Button>}
      classNames={{ mask: 'cover' }}
    >
      <Typography.Paragraph>{t('endedWhy', { name: me.name })}</Typography.Paragraph>
      <Flow inPlace login={me.login} done={enter} />
    </Modal>
  )
}
