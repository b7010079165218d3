import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useHold } from '../unsaved'
import { PhotoPicker, type Photos } from './photos'
import type { Filed } from './report'

interface Props {
  filed: Filed
  photos?: Photos
  careful?: boolean
  /** For whom the code is: the reporter, a child, or somebody who told it to the desk. */
  reader?: 'reporter' | 'child' | 'desk'
  children?: ReactNode
}

/** The report is there: its 查询码, large, and how to keep it. It is shown this once. */
export function Done({ filed, photos, careful = false, reader = 'reporter', children }: Props) {
  const { t } = useTranslation('filing')
  const heading = useRef<HTMLHeadingElement>(null)
  const code = useRef<HTMLElement>(null)
  const [copied, setCopied] = useState<'yes' | 'select'>()
  const [kept, setKept] = useState(false)
  const send = photos?.send
  useEffect(() => send?.(filed.receipt), [send, filed.receipt])
  useEffect(() => heading.current?.focus(), [])
  useHold(!kept || !!photos?.pending)
  async function copy() {
    try {
      await navigator.clipboard.writeText(filed.receipt)
      setCopied('yes')
      setKept(true)
    } catch {
      // Without a secure connection there is no clipboard: the code is marked, to be copied by hand.
      if (code.current) getSelection()?.selectAllChildren(code.current)
      setCopied('select')
    }
  }
  return (
    <div className="filing done">
      <h2 ref={heading} tabIndex={-1}>{t(`done.title.${reader}`)}</h2>
      {filed.advice?.map((a) => <p key={a} className="careful">{a}</p>)}
      <section className="code" aria-label={t('done.code')}>
        <h3>{t('done.code')}</h3>
        <code ref={code}>{filed.receipt.split('-').map((group, i, all) => <span key={i}>{group}{i < all.length - 1 ? '-' : ''}</span>)}</code>
        <p>{t(`done.keep.${reader}`)}</p>
        {reader !== 'child' && <p className="number">{t('done.number')} {filed.number}</p>}
      </section>
      <div className="moves no-print">
        <button type="button" className="primary" onClick={() => void copy()}>{t('done.copy')}</button>
        <button type="button" onClick={() => { window.print(); setKept(true) }}>{t('done.print')}</button>
      </div>
      {copied && <p role="status">{t(copied === 'yes' ? 'done.copied' : 'done.select')}</p>}
      <div className="no-print">
        <label className="choice">
          <input type="checkbox" checked={kept} onChange={(e) => setKept(e.target.checked)} />
          <span>{t('done.kept')}</span>
        </label>
        {photos && <PhotoPicker of={photos} careful={careful} code={filed.receipt} />}
        {children}
      </div>
    </div>
  )
}
