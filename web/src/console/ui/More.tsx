import { Button } from 'antd'
import { useTranslation } from 'react-i18next'

interface Paged {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}

/** A button for the next page of a table. */
export function More({ of }: { of: Paged }) {
  const { t } = useTranslation('common')
  if (!of.hasNextPage) return null
  return (
    <div style={{ textAlign: 'center', padding: 12 }}>
      <Button loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>{t('state.more')}</Button>
    </div>
  )
}
