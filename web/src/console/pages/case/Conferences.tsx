import { useMutation, useQuery } from '@tanstack/react-query'
import { Button, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import { api, ask, type Schemas } from '../../../api/client'
import { Failed } from '../../ui/states'
import { Moment } from '../../ui/time'
import { useWord } from '../../ui/words'
import { useEvents, type Case, type Event, type Step } from './data'
import { Taken } from './Taken'

type CaseFile = Schemas['CaseFile']

interface Props {
  of: Case
  steps: Step[]
}

/** A 会商: convened, and concluded unless it still goes on. */
interface Conference {
  convened: Event
  concluded: Event[]
  /** When the next one was convened. */
  until?: string
}

const placing = ['place', 'change_placement', 'continue_care']

/** The conferences among the events of a case, the newest first. */
export function conferencesOf(events: readonly Event[]): Conference[] {
  const out: Conference[] = []
  for (const e of events) {
    if (e.type !== 'step') continue
    const last = out.at(-1)
    if (e.step === 'convene') {
      if (last) last.until = e.at
      out.push({ convened: e, concluded: [] })
    } else if (e.step === 'conclude') last?.concluded.push(e)
  }
  return out.toReversed()
}

/** 会商记录: who came together when, whether the child was heard, what was written down and concluded. */
export function Conferences({ of, steps }: Props) {
  const { t } = useTranslation('case')
  const all = conferencesOf(useEvents(of.id, true).data ?? [])
  const files = useQuery({
    queryKey: ['files', of.id],
    enabled: all.length > 0,
    queryFn: () => ask(api.GET('/api/v1/cases/{id}/files', { params: { path: { id: of.id } } })),
  })
  if (all.length === 0) return null
  const minutes = files.data?.items.filter((f) => f.document === 'conference_minutes' && !f.withdrawn_at) ?? []
  const step = (name?: string) => steps.find((s) => s.name === name)
  return (
    <section aria-label={t('care.conferences')}>
      <h3>{t('care.conferences')}</h3>
      <ol className="owed-small record">
        {all.map((c) => (
          <li key={c.convened.command}>
            <Taken of={of} event={c.convened} step={step('convene')} />
            {c.concluded.map((e) => <Taken key={e.command} of={of} event={e} step={step('conclude')} without={['documents']} />)}
            {c.concluded.length === 0 && <Typography.Text type="secondary">{t(c.until ? 'care.unconcluded' : 'care.goesOn')}</Typography.Text>}
            {minutes.filter((f) => f.uploaded_at >= c.convened.at && (!c.until || f.uploaded_at < c.until)).map((f) => <Minutes key={f.id} file={f} />)}
          </li>
        ))}
      </ol>
    </section>
  )
}

/** The 会商纪要 as it was signed. */
function Minutes({ file }: { file: CaseFile }) {
  const word = useWord()
  const link = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/files/{id}/link', { params: { path: { id: file.id } }, body: { part: 'shown' } })),
    onSuccess: ({ url }) => window.location.assign(url), // an attachment: the page stays
  })
  return (
    <div>
      <Button type="link" size="small" style={{ padding: 0, whiteSpace: 'normal', height: 'auto', textAlign: 'start' }} loading={link.isPending} onClick={() => link.mutate()}>{word('document.conference_minutes')} {file.caption || file.name}</Button>{' '}
      <Typography.Text type="secondary"><Moment at={file.uploaded_at} /></Typography.Text>
      {link.error && <Failed error={link.error} />}
    </div>
  )
}

/** 安置经过: where the child was placed one after the other, as far as one may know. */
export function Placements({ of, steps }: Props) {
  const { t } = useTranslation('case')
  const all = (useEvents(of.id, true).data ?? []).filter((e) => e.type === 'step' && placing.includes(e.step ?? '')).toReversed()
  if (all.length === 0) return null
  return (
    <section aria-label={t('care.placements')}>
      <h3>{t('care.placements')}</h3>
      <ol className="owed-small record">
        {all.map((e) => <li key={e.command}><Taken of={of} event={e} step={steps.find((s) => s.name === e.step)} /></li>)}
      </ol>
    </section>
  )
}
