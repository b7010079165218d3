import { QueryClientProvider } from '@tanstack/react-query'
import { App as AntApp, ConfigProvider } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { RouterProvider } from 'react-router'

import { queries } from '../api/queries'
import { nonce } from './nonce'
import { router } from './routes'
import { useTheme } from './theme'

// A click beside a window or a drawer must not take what was typed in it.
const notByMask = { mask: { closable: false } }

/** The console: language, theme, data and routes around the pages. */
export function App() {
  const { i18n } = useTranslation()
  const chinese = i18n.language !== 'en'
  const theme = useTheme()
  useEffect(() => {
    dayjs.locale(chinese ? 'zh-cn' : 'en')
  }, [chinese])
  return (
    <ConfigProvider locale={chinese ? zh : en} theme={theme} csp={nonce ? { nonce } : undefined} button={{ autoInsertSpace: false }} modal={notByMask} drawer={notByMask}>
      <AntApp>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  )
}
