import { Select } from 'antd'
import { useTranslation } from 'react-i18next'

import { usePost } from '../../ui/names'
import { Failed } from '../../ui/states'
import { useCandidates } from './data'

interface Props {
  id?: string
  value?: string
  onChange?: (person?: string) => void
  label: string
  /** Not offered. */
  but?: string[]
  placeholder?: string
  allowClear?: boolean
  disabled?: boolean
}

/** Somebody who can be put into a post, found by name or by what they hold. */
export function PersonSelect({ id, value, onChange, label, but = [], placeholder, allowClear, disabled }: Props) {
  const { t } = useTranslation('people')
  const people = useCandidates()
  const post = usePost()
  const options = people.items
        .map((p) => ({ value: p.person, label: [p.name, ...(p.posts.length ? p.posts.map(post) : [t('noPost')])].join(' · ') }))
        .toSorted((a, b) => a.label.localeCompare(b.label, 'zh'))
  if (people.error) return <Failed error={people.error} again={() => void people.refetch()} />
  return (
    <Select
      id={id}
      aria-label={label}
      showSearch={{ optionFilterProp: 'label' }}
      allowClear={allowClear}
      disabled={disabled}
      loading={people.loading}
      placeholder={placeholder ?? label}
      value={people.loading ? undefined : value}
      onChange={(v?: string) => onChange?.(v)}
      options={options.filter((o) => !but.includes(o.value))}
      style={{ width: '100%', minWidth: 200 }}
      popupMatchSelectWidth={320}
    />
  )
}
