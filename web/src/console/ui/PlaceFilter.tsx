import { Select } from 'antd'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

// The tree comes after the list that it narrows.
const PlaceTree = lazy(() => import('./PlaceTree'))

export interface PlaceProps {
  value?: string
  onChange: (code?: string) => void
  villages?: boolean
}

/** A town or a village of the city, found by typing part of its name. */
export function PlaceFilter(props: PlaceProps) {
  const { t } = useTranslation('common')
  return (
    <Suspense fallback={<Select disabled aria-label={t('place')} placeholder={t('place')} style={{ minWidth: 160 }} />}>
      <PlaceTree {...props} />
    </Suspense>
  )
}
