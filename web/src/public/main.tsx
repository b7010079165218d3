import { createRoot } from 'react-dom/client'

import { chosen, start } from '../i18n'
import form from '../locales/zh-CN/filing.json'
import page from '../locales/zh-CN/public.json'
import { App } from './App'

// Chinese comes with the page, so that it stands after one journey over a slow network; English is fetched by who wants it.
const resources: Parameters<typeof start>[0] = { 'zh-CN': { public: page, filing: form } }
if (chosen() === 'en') {
  const words = await import('./english')
  resources.en = { public: words.page, filing: words.form }
}
start(resources)
// A browser may bring a page back as it was left, for whoever sits there now.
window.addEventListener('pageshow', (e) => {
  if (e.persisted) location.reload()
})
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
