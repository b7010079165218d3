import { createRoot } from 'react-dom/client'

import { start } from '../i18n'
import { everywhere, need } from '../i18n/load'
import { App } from './App'
import './console.css'

start({})
await need(...everywhere)
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
