import { Checkbox, Input, InputNumber, Radio, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { PlaceFilter } from '../../ui/PlaceFilter'
import { TimeInput } from '../../ui/TimeInput'
import { useLabel } from '../../ui/words'
import { useCaseChoices, useOwnChoices, usePersonChoices, usePostChoices } from './choices'
import type { Case, Field, Step } from './data'

interface Props {
  of: Case
  step: Step
  field: Field
  /** What is filled in so far. */
  fields: Record<string, unknown>
  // Given by the form.
  id?: string
  value?: unknown
  onChange?: (value: unknown) => void
}

/** The input of a field, by its type alone. */
export function FieldInput(props: Props) {
  const { field, id, value, onChange } = props
  const { t } = useTranslation('case')
  const label = useLabel()
  switch (field.type) {
    case 'bool':
      return <Radio.Group id={id} aria-label={label(field.label)} value={value} onChange={(e) => onChange?.(e.target.value)} options={[{ value: true, label: t('form.yes') }, { value: false, label: t('form.no') }]} />
    case 'enum': {
      const options = (field.options ?? []).map((o) => ({ value: o.value, label: label(o.label) }))
      if (options.length <= 4) return <Radio.Group id={id} aria-label={label(field.label)} value={value} onChange={(e) => onChange?.(e.target.value)} options={options} />
      return <Select id={id} value={value} onChange={onChange} options={options} allowClear={!field.required} showSearch={{ optionFilterProp: 'label' }} placeholder={t('form.choose')} />
    }
    case 'multi':
      return (
        <Checkbox.Group
          aria-label={label(field.label)}
          value={(value as string[] | undefined) ?? []}
          onChange={onChange}
          style={{ display: 'flex', flexWrap: 'wrap', gap: '4px 16px' }}
          options={(field.options ?? []).map((o) => ({ value: o.value, label: o.required ? t('form.mustHold', { name: label(o.label) }) : label(o.label) }))}
        />
      )
    case 'time':
      return <TimeInput id={id} value={value as Dayjs | undefined} onChange={onChange} />
    case 'post':
      return <PostInput {...props} />
    case 'case':
      return <CaseInput {...props} />
    case 'int':
    case 'id':
      return <NamedInput {...props} />
    default:
      return (field.max ?? 4000) <= 200
        ? <Input id={id} value={value as string} onChange={(e) => onChange?.(e.target.value)} maxLength={field.max} autoComplete="off" />
        : <Input.TextArea id={id} value={value as string} onChange={(e) => onChange?.(e.target.value)} maxLength={field.max} autoSize={{ minRows: 3, maxRows: 12 }} />
  }
}

function PostInput({ of, field, id, value, onChange }: Props) {
  const { t } = useTranslation('case')
  const options = usePostChoices(of, field.name)
  return <Select id={id} value={value} onChange={onChange} options={options} allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('form.choosePost')} />
}

function CaseInput({ of, id, value, onChange }: Props) {
  const { t } = useTranslation('case')
  const [open, setOpen] = useState(false)
  const options = useCaseChoices(of, open || !!value)
  return <Select id={id} value={value} onChange={onChange} onOpenChange={setOpen} options={options} allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('form.chooseCase')} />
}

/** A number, or an id that the product has given: chosen among what the case has, typed in where it has no such thing. */
function NamedInput({ of, step, field, fields, id, value, onChange }: Props) {
  const { t } = useTranslation('case')
  const own = useOwnChoices(of, step)(field.name)
  const people = usePersonChoices(of, fields.post)
  if (field.name === 'org') return <PlaceFilter value={value as string} onChange={(code) => onChange?.(code)} />
  const options = own ?? (field.name === 'person' ? people : undefined)
  if (options) return <Select id={id} value={value} onChange={onChange} options={options} allowClear={!field.required} showSearch={{ optionFilterProp: 'label' }} placeholder={t('form.choose')} notFoundContent={t('form.nothingToName')} />
  if (field.type === 'int') return <InputNumber id={id} value={value as number} onChange={onChange} min={field.min ?? undefined} max={field.max || undefined} precision={0} style={{ width: 160 }} />
  return <Input id={id} value={value as string} onChange={(e) => onChange?.(e.target.value)} maxLength={64} autoComplete="off" />
}
