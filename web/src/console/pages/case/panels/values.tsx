import { Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { useMe } from '../../../session'
import { usePost } from '../../../ui/names'
import { wallText } from '../../../ui/wall'
import { useLabel, useWord } from '../../../ui/words'
import { partsOf, type Case, type Event, type Field, type Step } from '../data'

// Fields of events that name something of the product's own: nothing to read.
const opaque = new Set(['occurrence', 'epoch', 'rung', 'file', 'glass', 'grant', 'record', 'proposal', 'case', 'told', 'person', 'into', 'digest'])

/** The fields of a step or fact that the engine knows, in people's words. */
export function Values({ fields, step }: { fields?: Record<string, string>; step?: Step }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const label = useLabel()
  const post = usePost()
  const shown = Object.entries(fields ?? {}).filter(([name, value]) => value && !opaque.has(name))
  if (shown.length === 0) return null
  const one = (field: Field | undefined, name: string, value: string): string => {
    const option = field?.options?.find((o) => o.value === value)
    if (option) return label(option.label)
    if (value === 'true' || value === 'false') return t(`value.${value}`)
    if (field?.type === 'post' || /^[a-z]+:.+\//.test(value)) return post(value)
    if (name === 'key') return word(`obligation.${partsOf(value)[0]}`)
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return wallText(value)
    return word(`enum.${name}.${value}`, `document.${value}`, `enum.${value}`, `reason.${value}`, value)
  }
  return (
    <div>
      {shown.map(([name, value]) => {
        const field = step?.form.find((f) => f.name === name)
        return (
          <span key={name} style={{ marginInlineEnd: 16 }}>
            <Typography.Text type="secondary">{field ? label(field.label) : t(`field.${name}`, { defaultValue: word(`field.${name}`) })}{t('common:mark.colon')}</Typography.Text>
            {field?.type === 'multi' || name === 'compartments' || name === 'documents' ? value.split(',').map((v) => one(field, name, v)).join(t('common:mark.list')) : one(field, name, value)}
          </span>
        )
      })}
    </div>
  )
}

/** The words that were written with a step or fact, as far as the reader may read them. */
export function Words({ words, step }: { words?: Record<string, string>; step?: Step }) {
  const { t } = useTranslation('panels')
  const word = useWord()
  const label = useLabel()
  const shown = Object.entries(words ?? {}).filter(([, text]) => text)
  if (shown.length === 0) return null
  return (
    <>
      {shown.map(([name, text]) => {
        const field = step?.form.find((f) => f.name === name)
        return (
          <div key={name} style={{ whiteSpace: 'pre-wrap' }}>
            <Typography.Text type="secondary">{field ? label(field.label) : t(`field.${name}`, { defaultValue: word(`field.${name}`) })}{t('common:mark.colon')}</Typography.Text>
            {text}
          </div>
        )
      })}
    </>
  )
}

/** Gives who did what an event tells of: in which post, on whose behalf it was recorded, and who agreed to it. */
export function useBy(of: Case): (e: Event) => string {
  const { t } = useTranslation('panels')
  const me = useMe()
  const post = usePost()
  const word = useWord()
  return (e) => {
    const by = e.actor?.post ? post(e.actor.post) + (e.actor.person === me.person ? t('timeline.me') : '') : ''
    if (e.type === 'step' && e.owner) {
      const confirmed = of.proxies.find((p) => p.command === e.command)?.confirmed
      return `${t('timeline.recordedFor', { by, for: post(e.owner), via: e.reason ? word(`enum.${e.reason}`) : '—' })} · ${t(confirmed ? 'timeline.confirmed' : 'timeline.unconfirmed')}`
    }
    return by && e.approver?.post ? t('timeline.byTwo', { by, approver: post(e.approver.post) }) : by
  }
}
