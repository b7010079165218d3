import { Tag, Typography } from 'antd'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../../api/client'
import { Risk } from '../../ui/risk'
import { ClassTag } from '../../ui/why'
import { useSpanWord, useSpecName } from './rules'

/** Who learns of something owed, and when: each colour's rungs in order. */
export function Ladder({ id, of }: { id: string; of: readonly Schemas['Ladder'][] }) {
  const { t } = useTranslation('rules')
  const span = useSpanWord()
  const spec = useSpecName()
  return of
    .filter((l) => l.id === id || l.id.startsWith(`${id}/`))
    .map((l) => (
      <section key={l.id} style={{ marginBottom: 20 }}>
        <Typography.Title level={3} style={{ fontSize: 16 }}>
          {l.id.includes('/') ? <Risk colour={l.id.split('/')[1] ?? ''} /> : t('allColours')} {l.urgent && <Tag color="red">{t('urgent')}</Tag>}
        </Typography.Title>
        <ol style={{ paddingInlineStart: 20 }}>
          {l.rungs.map((g) => (
            <li key={g.name} style={{ marginBottom: 6 }}>
              <strong>{g.before_percent ? t('before', { percent: g.before_percent }) : g.after.value ? t('after', { span: span(g.after) }) : t('atDue')}</strong>{' '}
              {g.posts.map(spec).join(t('common:mark.list'))}
              <div className="rules-muted">
                {[g.hold.value ? t('hold', { span: span(g.hold) }) : '', g.order ? t('order') : '', g.repeat.value ? t('repeat', { span: span(g.repeat) }) : ''].filter(Boolean).join(t('common:mark.semicolon'))}
              </div>
            </li>
          ))}
        </ol>
        <div className="rules-muted"><ClassTag of={{ class: l.class, statutory: false }} /> {l.source}{l.acks_per_rung ? `${t('common:mark.semicolon')}${t('acks', { count: l.acks_per_rung })}` : ''}</div>
      </section>
    ))
}
