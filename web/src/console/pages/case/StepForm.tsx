import { App, Alert, Button, Checkbox, Drawer, Form, Grid, Radio, Select, Space, Typography } from 'antd'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { newKey, Problem } from '../../../api/client'
import { hasRole, useMe, type Role } from '../../session'
import { isUnsure } from '../../ui/once'
import { TimeInput } from '../../ui/TimeInput'
import { useLabel, useWord } from '../../ui/words'
import { Changed } from './Changed'
import { usePostChoices } from './choices'
import type { Case, Step } from './data'
import { aboutOf, draftOf, keepDraft, type Draft, type Place, type Values } from './drafts'
import { FieldInput } from './FieldInput'
import { draftOfKept, keptFor, useDropKept, useKept, type Kept } from './kept'
import { useCommand, useSend, type Command } from './send'
import { bodyOf, isAsked, isFinal, isRequired, knownOf, needsSecond } from './table'

interface Props {
  of: Case
  step: Step
  preset?: Record<string, unknown>
  /** On whose behalf it is likely to be recorded: who owes what the step does. */
  owner?: string
  /** What the server kept of it when it was refused. */
  kept?: Kept
  close: () => void
  done: (at: Place, command: Command) => void
}

// Who may record on another post's behalf (8a.7); the server has the last word.
const recorders: Role[] = ['desk', 'manager']

/** The form of a step, drawn from its row of the step table. What is typed stays until it is sent. */
export function StepForm({ of, step, preset, owner, kept, close, done }: Props) {
  const { t } = useTranslation(['case', 'common'])
  const label = useLabel()
  const word = useWord()
  const me = useMe()
  const wide = Grid.useBreakpoint().sm
  const { modal } = App.useApp()
  const [form] = Form.useForm<Values>()
  const own = me.posts.filter((p) => step.roles.includes(p.role))
  const byProxy = !!step.proxy && hasRole(me, ...recorders)
  const onlyProxy = byProxy && own.length === 0
  const behalf = usePostChoices(of, '', step.roles)
  const at = useMemo<Place>(() => ({ case: of.id, step: step.name, about: aboutOf(preset) }), [of.id, step.name, preset])
  const refusedBefore = useKept(of).drafts
  const { renew: renewKept } = useDropKept()
  const [draft, setDraft] = useState<Draft>(() => {
    const begun = draftOf(me.person, at)
    if (begun) return { ...begun, values: { ...begun.values, fields: { ...begun.values.fields, ...preset } } }
    const before = kept ?? keptFor(refusedBefore, step.name, preset)[0]
    if (before) return draftOfKept(before, step)
    const likely = owner && step.roles.some((r) => owner.endsWith(`/${r}`)) ? owner : undefined
    return { values: { fields: { ...knownOf(step, of), ...preset }, proxy: onlyProxy, for: onlyProxy ? likely : undefined }, base: of.base, key: newKey(), dirty: false }
  })
  const { base } = draft
  const values = Form.useWatch([], { form, preserve: true }) as Values | undefined
  const filled = values ?? draft.values
  const send = useSend(of, step.name)
  const { accepted } = draft
  const later = useCommand(of, accepted)
  const refused = later.data?.status === 'refused' ? later.data.refusal : undefined
  const pending = !!accepted && !refused
  const problem = send.error instanceof Problem ? send.error : undefined
  const conflict = problem?.code === 'case_moved_on' ? problem.body : undefined
  const allowed = of.allowed.includes(step.name)
  const moved = of.base !== base && !conflict && !send.isPending && !pending

  function keep(next: Draft) {
    setDraft(next)
    keepDraft(at, next)
  }

  function submit(over: { base?: number } = {}) {
    const now: Draft = { ...draft, ...over, accepted: undefined, key: refused ? newKey() : draft.key, values: form.getFieldsValue(true) as Values, dirty: true }
    keep(now)
    send.mutate(
      { body: bodyOf(step, now.values), base: now.base, key: now.key },
      {
        onSuccess: (command) => {
          if (command.status === 'pending') keep({ ...now, accepted: command.command }) // the page follows it
          else done(at, command)
        },
        onError: (error) => {
          if (!(error instanceof Problem) || isUnsure(error)) return
          if (error.body?.draft) void renewKept()
          // It was answered: what is sent next is another thing.
          keep({ ...now, key: newKey() })
          const names = step.form.filter((f) => isAsked(f, now.values.fields)).map((f) => `fields.${f.name}`)
          const known = error.errors.map((e) => ({ ...e, field: e.field.replace(/^body\./, '') })).filter((e) => names.includes(e.field) || ['for', 'via', 'occurred_at', 'post'].includes(e.field))
          form.setFields(known.map((e) => ({ name: e.field.split('.') as never, errors: [e.message] })))
          if (known[0]) form.scrollToField(known[0].field.split('.') as never, { focus: true, block: 'center' })
        },
      },
    )
  }

  async function ask() {
    if (isFinal(step)) {
      const sure = await modal.confirm({ title: t('form.finalTitle', { name: label(step.label) }), content: needsSecond(step, of, filled.fields) ? t('form.finalSecond') : t('form.finalText'), okText: t('form.submit'), cancelText: t('common:action.cancel') })
      if (!sure) return
    }
    submit()
  }

  const second = needsSecond(step, of, filled.fields)
  const loose = problem?.errors.filter((e) => !step.form.some((f) => e.field.endsWith(`fields.${f.name}`)) && !/(for|via|occurred_at|post)$/.test(e.field)) ?? []
  return (
    <Drawer
      open
      onClose={() => !send.isPending && close()}
      title={label(step.label)}
      size={wide ? 560 : '100%'}
      destroyOnHidden
      maskClosable={!send.isPending}
      footer={
        <Space wrap style={{ justifyContent: 'flex-end', width: '100%' }}>
          {draft.dirty && <Typography.Text type="secondary">{t('form.kept')}</Typography.Text>}
          <Button onClick={close} disabled={send.isPending}>{t('common:action.close')}</Button>
          {conflict ? (
            <Button type="primary" disabled={!allowed} loading={send.isPending} onClick={() => submit({ base: conflict.base ?? of.base })}>{t('form.sendAnyway')}</Button>
          ) : (
            <Button type="primary" loading={send.isPending || pending} onClick={form.submit}>{problem && isUnsure(problem) ? t('form.sendAgain') : second ? t('form.propose') : t('form.submit')}</Button>
          )}
        </Space>
      }
    >
      <div aria-live="polite" style={{ display: 'flex', flexDirection: 'column', gap: 8, marginBottom: 12 }}>
        {pending && <Alert type="info" showIcon title={t('form.pending')} description={t('form.pendingHelp')} />}
        {refused && <Alert type="error" showIcon title={refused.title} description={refused.detail} />}
        {conflict && (
          <Alert
            type="warning"
            showIcon
            title={t('form.conflict')}
            description={
              <>
                <Changed of={of} commands={conflict.changed ?? []} />
                <p style={{ marginBottom: 0 }}>{allowed ? t('form.conflictHelp') : t('form.noLonger')}</p>
              </>
            }
          />
        )}
        {problem && !conflict && (
          <Alert
            type={isUnsure(problem) ? 'warning' : 'error'}
            showIcon
            title={problem.title}
            description={
              <>
                {problem.status === 0 || problem.status >= 500 ? t('form.unsure') : problem.detail}
                {loose.map((e) => <div key={e.field}>{e.message}</div>)}
              </>
            }
          />
        )}
        {moved && (
          <Alert
            type="info"
            showIcon
            title={t('form.moved')}
            description={
              <>
                <Changed of={of} behind={of.base - base} />
                {!allowed && <p>{t('form.noLonger')}</p>}
                {allowed && <Button size="small" onClick={() => keep({ ...draft, base: of.base, values: form.getFieldsValue(true) as Values })}>{t('form.seen')}</Button>}
              </>
            }
          />
        )}
        {second && <Alert type="info" showIcon title={t('form.second', { who: (step.approvers ?? []).map((r) => word(`role.${r}`)).join(t('common:mark.list')) })} description={t('form.secondHelp')} />}
      </div>
      <Form<Values>
        form={form}
        data-kept
        layout="vertical"
        requiredMark
        initialValues={draft.values}
        onValuesChange={() => keep({ ...draft, accepted: undefined, key: refused ? newKey() : draft.key, values: form.getFieldsValue(true) as Values, dirty: true })}
        onFinish={() => void ask()}
        scrollToFirstError={{ focus: true, block: 'center' }}
        disabled={send.isPending || pending}
      >
        {step.form.length === 0 && <Typography.Paragraph>{t('form.nothingToFill')}</Typography.Paragraph>}
        {step.form.filter((f) => isAsked(f, filled.fields)).map((f) => (
          <Form.Item
            key={f.name}
            name={['fields', f.name]}
            label={label(f.label)}
            extra={f.sealed && (f.max ?? 4000) > 200 ? t('form.sealed') : undefined}
            rules={[
              { required: isRequired(f), message: t('form.needed', { name: label(f.label) }) },
              ...(f.type === 'multi'
                ? [{ validator: (_: unknown, v: string[] | undefined) => (f.options ?? []).every((o) => !o.required || v?.includes(o.value)) ? Promise.resolve() : Promise.reject(new Error(t('form.papers'))) }]
                : []),
            ]}
          >
            <FieldInput of={of} step={step} field={f} fields={filled.fields ?? {}} />
          </Form.Item>
        ))}
        {byProxy && !onlyProxy && (
          <Form.Item name="proxy" valuePropName="checked">
            <Checkbox>{t('form.proxy')}</Checkbox>
          </Form.Item>
        )}
        {byProxy && (onlyProxy || filled.proxy) && (
          <fieldset className="proxy">
            <legend>{t('form.proxyTitle')}</legend>
            <Typography.Paragraph type="secondary">{t('form.proxyHelp')}</Typography.Paragraph>
            <Form.Item name="for" label={t('form.for')} rules={[{ required: true, message: t('form.forNeeded') }]}>
              <Select options={behalf} showSearch={{ optionFilterProp: 'label' }} placeholder={t('form.choosePost')} />
            </Form.Item>
            <Form.Item name="via" label={t('form.via')} rules={[{ required: true, message: t('form.viaNeeded') }]}>
              <Radio.Group options={(['phone', 'letter', 'onsite'] as const).map((v) => ({ value: v, label: word(`enum.${v}`) }))} />
            </Form.Item>
            <Form.Item name="occurred_at" label={t('form.occurred')} extra={t('form.occurredHelp')}>
              <TimeInput />
            </Form.Item>
          </fieldset>
        )}
        {own.length > 1 && !filled.proxy && <Form.Item name="post" label={t('form.inPost')}><PostOf posts={own.map((p) => p.post)} of={of} /></Form.Item>}
      </Form>
    </Drawer>
  )
}

function PostOf({ posts, of, id, value, onChange }: { posts: string[]; of: Case; id?: string; value?: string; onChange?: (v?: string) => void }) {
  const { t } = useTranslation('case')
  const options = usePostChoices(of, '').filter((o) => posts.includes(String(o.value)))
  return <Select id={id} value={value} onChange={onChange} options={options} allowClear placeholder={t('form.firstFitting')} />
}
