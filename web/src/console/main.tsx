import { createRoot } from 'react-dom/client'

import { chosen, start } from '../i18n'
import { load } from '../i18n/load'
import { App } from './App'
import './console.css'

start(await load('zh-CN', chosen()))
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
