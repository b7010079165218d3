import { createRoot } from 'react-dom/client'

import { chosen, start } from '../i18n'
import { App } from './App'
import './public.css'

const words = chosen() === 'en' ? await import('../locales/en/public.json') : await import('../locales/zh-CN/public.json')
start({ [chosen()]: { public: words.default } })
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
