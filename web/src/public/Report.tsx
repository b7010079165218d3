import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { leaveTheBody } from '../evidence'
import { Done } from '../filing/Done'
import { drafts, type Draft } from '../filing/draft'
import { Filing } from '../filing/Filing'
import { directory, file } from './server'

/** 想反映孩子的情况: the report of anybody, without an account. */
export function Report({ follow, help }: { follow: (code: string) => void; help: ReactNode }) {
  const { t } = useTranslation('public')
  const [found, setFound] = useState<Draft>()
  const [draft, setDraft] = useState<Draft>()
  const [round, setRound] = useState(0)
  useEffect(() => {
    let gone = false
    drafts
      .load()
      .then((d) => {
        if (gone || !d) return
        if (!d.sending) return setFound(d)
        setDraft(d) // what was to be sent goes on by itself
        setRound(1)
      })
      .catch(() => undefined)
    return () => {
      gone = true
    }
  }, [])
  function decide(goOn: boolean) {
    if (goOn && found) {
      setDraft(found)
      setRound((n) => n + 1)
    } else void drafts.erase()
    setFound(undefined)
  }
  return (
    <>
      <h1>{t('report.title')}</h1>
      <p>{t('report.intro')} {help}</p>
      {found ? (
        <section className="found" role="alert">
          <p>{t('draft.found')}</p>
          <div className="moves">
            <button type="button" onClick={() => decide(false)}>{t('draft.erase')}</button>
            <button type="button" className="primary" onClick={() => decide(true)}>{t('draft.goOn')}</button>
          </div>
        </section>
      ) : (
        <Filing
          key={round}
          who="public"
          post={file}
          directory={directory}
          store={drafts}
          draft={draft}
          done={(filed, photos, values) => (
            <Done filed={filed} photos={photos} careful={leaveTheBody(values.situations)}>
              <button type="button" onClick={() => follow(filed.receipt)}>{t('report.follow')}</button>
            </Done>
          )}
        />
      )}
    </>
  )
}
