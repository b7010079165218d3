import { useMutation } from '@tanstack/react-query'
import { App, Button, Form, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask, Problem } from '../../../api/client'
import { PasswordInput } from '../signin/PasswordInput'
import { Refused, useWait } from '../signin/Refused'

interface Passwords {
  old: string
  next: string
  again: string
}

/** Changing one's password, with the rules beside it. old is known where it was typed a moment ago. */
export function NewPassword({ login, old = '', done }: { login: string; old?: string; done: () => void }) {
  const { t } = useTranslation('account')
  const { message } = App.useApp()
  const [form] = Form.useForm<Passwords>()
  const change = useMutation({
    mutationFn: (v: Passwords) => ask(api.PUT('/api/v1/me/password', { body: { old: old || v.old, new: v.next } })),
    onSuccess: () => {
      form.resetFields()
      void message.success(t('passwordChanged'))
      done()
    },
    onError: (error) => {
      if (error instanceof Problem && error.errors.length) form.setFields([{ name: 'next', errors: error.errors.map((f) => f.message) }])
    },
  })
  const problem = change.error instanceof Problem && !change.error.errors.length ? change.error : undefined
  const wait = useWait(problem)
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v: Passwords) => change.mutate(v)} data-passing style={{ maxWidth: 420 }}>
      <Refused problem={problem} wait={wait} />
      <Typography.Paragraph type="secondary" id="password-rules">{t('passwordRules')}</Typography.Paragraph>
      <input type="text" autoComplete="username" value={login} readOnly hidden />
      {!old && (
        <Form.Item name="old" label={t('oldPassword')} rules={[{ required: true, message: t('oldNeeded') }]}>
          <PasswordInput autoComplete="current-password" maxLength={1024} />
        </Form.Item>
      )}
      <Form.Item name="next" label={t('newPassword')} rules={[{ required: true, message: t('newNeeded') }, { min: 12, message: t('tooShort') }]} validateTrigger="onBlur">
        <PasswordInput autoComplete="new-password" maxLength={1024} aria-describedby="password-rules" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t('repeatPassword')}
        dependencies={['next']}
        validateTrigger="onBlur"
        rules={[{ required: true, message: t('repeatNeeded') }, { validator: (_, value) => (!value || value === form.getFieldValue('next') ? Promise.resolve() : Promise.reject(new Error(t('repeatDiffers')))) }]}
      >
        <PasswordInput autoComplete="new-password" maxLength={1024} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={change.isPending} disabled={wait > 0}>{t('changePassword')}</Button>
    </Form>
  )
}
