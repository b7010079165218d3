import { Checkbox } from 'antd'
import type { ComponentProps } from 'react'

/** Checkboxes of a form. That they are required stands in their label: the attribute by which a form would say so is none of a group's. */
export function Checks(props: ComponentProps<typeof Checkbox.Group>) {
  return <Checkbox.Group {...props} aria-required={undefined} />
}
