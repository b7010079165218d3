import { CheckOutlined } from '@ant-design/icons'
import { Button, Tag } from 'antd'
import { lazy, Suspense, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../api/client'
import { usePost } from './names'
import { useNow } from './time'
import { wallText } from './wall'

// With its calendar it weighs as much as a page: it comes when it is asked for.
const Acknowledge = lazy(() => import('./Acknowledge').then((m) => ({ default: m.Acknowledge })))

type Obligation = Schemas['Obligation']

/** Until when the climb rests because somebody took the alert on; undefined where nobody has, or no longer. */
export function restsUntil(of: Obligation, now: number): string | undefined {
  const held = of.acked?.held_until
  return held && new Date(held).valueOf() > now ? held : undefined
}

/** That somebody has taken an alert on, until when; which of one's posts it reached. */
export function Alerted({ of }: { of: Obligation }) {
  const { t } = useTranslation('ack')
  const post = usePost()
  const until = restsUntil(of, useNow())
  const others = of.reached?.filter((p) => p !== of.owner) ?? []
  return (
    <>
      {until && <Tag color="success">{t('held', { who: post(of.acked?.by), until: wallText(until).slice(5) })}</Tag>}
      {others.length > 0 && <Tag color="warning">{t('reached', { posts: others.map(post).join(t('comma')) })}</Tag>}
    </>
  )
}

/** 签收, for whoever the server says may: of the rung that was told last, or above it. */
export function AckButton({ of, acknowledge }: { of: Obligation; acknowledge: (of: Obligation) => void }) {
  const { t } = useTranslation('ack')
  const now = useNow()
  if (!of.id || (!of.may_ack?.length && !of.may_record?.length)) return null
  return (
    <Button icon={<CheckOutlined aria-hidden />} onClick={() => acknowledge(of)}>
      {!of.may_ack?.length ? t('record') : restsUntil(of, now) ? t('again') : t('acknowledge')}
    </Button>
  )
}

/** Opens the form of an acknowledgement, on a page that shows several things due. */
export function useAcknowledge(): [open: (of: Obligation) => void, form: ReactNode] {
  const [of, setOf] = useState<Obligation>()
  return [setOf, of ? <Suspense fallback={null}><Acknowledge of={of} close={() => setOf(undefined)} /></Suspense> : null]
}
