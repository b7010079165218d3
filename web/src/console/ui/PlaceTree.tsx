import { TreeSelect } from 'antd'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { useDirectory } from './names'
import type { PlaceProps } from './PlaceFilter'

/** The tree of PlaceFilter. */
export default function PlaceTree({ value, onChange, villages = true }: PlaceProps) {
  const { t } = useTranslation('common')
  const { data } = useDirectory()
  const tree = useMemo(() => {
    const places = data?.places ?? []
    return places
      .filter((p) => p.code.endsWith('000') && p.code !== data?.city)
      .map((town) => ({
        value: town.code,
        title: town.name,
        children: villages ? places.filter((p) => p.code.startsWith(town.code.slice(0, 9)) && !p.code.endsWith('000')).map((v) => ({ value: v.code, title: v.name })) : [],
      }))
  }, [data, villages])
  return (
    <TreeSelect
      allowClear
      showSearch={{ treeNodeFilterProp: 'title' }}
      aria-label={t('place')}
      placeholder={t('place')}
      treeData={tree}
      value={value}
      onChange={(code?: string) => onChange(code)}
      style={{ minWidth: 160 }}
      popupMatchSelectWidth={260}
    />
  )
}
