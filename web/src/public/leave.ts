import { drafts } from '../filing/draft'

/** A page that everybody looks at: whoever looks over the shoulder sees the weather. */
const elsewhere = 'https://www.weather.com.cn/'

let leaving = false

/**
 * Leaves at once: the screen is emptied, what stands on the device is erased, and the page gives its place in the
 * browser's history to another. Whoever asks again in their hurry is already on the way.
 */
export async function leave() {
  if (leaving) return
  leaving = true
  document.documentElement.replaceChildren()
  // Nothing may ask to stay.
  window.addEventListener('beforeunload', (e) => e.stopImmediatePropagation(), { capture: true })
  await Promise.race([drafts.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 1_000))])
  window.location.replace(navigator.onLine ? elsewhere : 'about:blank')
}
