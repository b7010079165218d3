import { App } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useBlocker, type Location } from 'react-router'

import { queries } from '../../api/queries'
import { hold, wouldLose } from '../../unsaved'

// Forms need not say that something was typed into them: it bubbles up. What stands in one that is gone, or empty again,
// is held no more; one that was sent is let go when the server has taken something. A form that keeps its words by itself
// says data-kept.
const sent = new Set<HTMLFormElement>()

function words(form: HTMLFormElement): boolean {
  return form.isConnected && [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('textarea, input[type=text]')].some((at) => at.value !== '')
}

function noteTyping(event: Event) {
  const at = event.target
  if (!(at instanceof HTMLTextAreaElement || (at instanceof HTMLInputElement && at.type === 'text'))) return
  const form = at.closest('form')
  if (!form || at.closest('[role=search], [data-passing], [data-kept]')) return
  sent.delete(form)
  hold(form, () => (words(form) ? 'page' : undefined))
}

function noteSending(event: Event) {
  if (event.target instanceof HTMLFormElement) sent.add(event.target)
}

/** Lets go of the forms that were sent. */
export function noteSent() {
  for (const form of sent) hold(form)
  sent.clear()
}

/** What is shown of a page: its other parameters only narrow it down. */
function shownOf({ pathname, search }: Location): string {
  const params = new URLSearchParams(search)
  return [pathname, params.get('tab'), params.get('draft')].join(' ')
}

/** Keeps watch over what is typed and sent, and asks before a page is left with words, or a code, that would be lost. */
export function useUnsavedWatch() {
  const { t } = useTranslation(['nav', 'common'])
  const { modal } = App.useApp()
  useEffect(() => {
    const stop = queries.getMutationCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'success') noteSent()
    })
    document.addEventListener('input', noteTyping)
    document.addEventListener('submit', noteSending)
    return () => {
      stop()
      document.removeEventListener('input', noteTyping)
      document.removeEventListener('submit', noteSending)
    }
  }, [])
  const blocker = useBlocker(({ currentLocation, nextLocation }) => shownOf(currentLocation) !== shownOf(nextLocation) && wouldLose('page'))
  useEffect(() => {
    if (blocker.state !== 'blocked') return
    const asked = modal.confirm({
      title: t('nav:leaveTitle'),
      content: t('nav:leaveText'),
      okText: t('nav:leave'),
      okButtonProps: { danger: true },
      cancelText: t('nav:stay'),
      onOk: () => blocker.proceed(),
      onCancel: () => blocker.reset(),
    })
    return () => asked.destroy()
  }, [blocker, modal, t])
}
