import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../../api/client'
import { Risk } from '../../ui/risk'
import { useLabel } from '../../ui/words'
import { colourOf, useLength, type Deadline } from './rules'

/** What two versions have differently, row by row and field by field. */
export function Changes({ of }: { of: readonly Schemas['RowChange'][] }) {
  const { t } = useTranslation('rules')
  const label = useLabel()
  const length = useLength()
  if (of.length === 0) return null
  const says = (d: Deadline): [string, string][] => [
    [t('column.length'), length(d)],
    [t('column.kept'), `${t(d.roll === 'next_workday' ? 'rolls' : 'rollsNot')}${t('common:mark.comma')}${t(d.pausable ? 'pausable' : 'pausableNot')}`],
    [t('column.ladder'), t(`ladders.${d.ladder}` as 'ladders.report', { defaultValue: d.ladder })],
    [t('class'), t(`classes.${d.class}` as 'classes.S')],
    [t('column.source'), `${d.source} ${d.article ?? ''}`.trim()],
  ]
  return (
    <ul style={{ paddingInlineStart: 20, marginBottom: 0 }} aria-label={t('changes')}>
      {of.map((c) => {
        const row = (c.after ?? c.before) as Deadline
        const before = c.before ? says(c.before) : []
        const after = c.after ? says(c.after) : []
        return (
          <li key={row.id}>
            <strong>{label(row.name)}</strong> {colourOf(row) ? <Risk colour={colourOf(row) ?? ''} /> : null} {!c.before && t('added')}{!c.after && t('removed')}
            {c.before && c.after && after.map(([name, now], i) => (before[i]?.[1] === now ? null : <div key={name}>{name}: <del>{before[i]?.[1]}</del> → <ins>{now}</ins></div>))}
          </li>
        )
      })}
    </ul>
  )
}
