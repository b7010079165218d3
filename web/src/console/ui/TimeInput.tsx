import { DatePicker, type DatePickerProps } from 'antd'
import type { Dayjs } from 'dayjs'
import { useTranslation } from 'react-i18next'

import { wallOf } from './wall'

interface Props extends Pick<DatePickerProps, 'minDate' | 'maxDate' | 'placeholder' | 'style'> {
  // Given by the form.
  id?: string
  value?: Dayjs | null
  onChange?: (value: Dayjs | null) => void
}

/** A time as a wall clock in China shows it. */
export function TimeInput({ style, ...props }: Props) {
  const { t } = useTranslation('common')
  return (
    <DatePicker
      {...props}
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      showNow={false}
      presets={[{ label: t('action.now'), value: () => wallOf() }]}
      needConfirm={false}
      style={{ width: '100%', ...style }}
    />
  )
}
