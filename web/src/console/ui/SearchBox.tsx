import { SearchOutlined } from '@ant-design/icons'
import { Button, Grid } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'

/** Opens the search, also by the key "/" where nobody is typing. */
export function SearchBox() {
  const { t } = useTranslation('search')
  const navigate = useNavigate()
  const wide = Grid.useBreakpoint().md
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || at.isContentEditable || at.closest('input, textarea, select, [role=dialog], [role=combobox]')) return
      event.preventDefault()
      void navigate('/search')
    }
    window.addEventListener('keydown', open)
    return () => window.removeEventListener('keydown', open)
  }, [navigate])
  return (
    <Button type="text" className="on-dark" aria-label={t('title')} aria-keyshortcuts="/" icon={<SearchOutlined />} onClick={() => void navigate('/search')}>
      {wide && <>{t('title')} <kbd>/</kbd></>}
    </Button>
  )
}
