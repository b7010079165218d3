import { Alert, Button, Drawer, Input, Select, Space, Tag, Typography } from 'antd'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Schemas } from '../../../api/client'
import { useFilters } from '../../ui/filters'
import { Nothing, Shown } from '../../ui/states'
import { Risk } from '../../ui/risk'
import { ClassTag } from '../../ui/why'
import { useLabel } from '../../ui/words'
import { Ladder } from './Ladder'
import { colourOf, duties, useLength, useRules, useSpanWord, useSpecName, type Deadline, type Duty } from './rules'

/** Every deadline row with its class and source. */
export default function Rows() {
  const { t } = useTranslation('rules')
  const rules = useRules()
  return (
    <Shown of={rules} rows={12}>
      {(r) => (
        <>
          {r.policy === 'drill' && <Alert type="info" showIcon title={t('drill')} style={{ marginBottom: 12 }} />}
          <p style={{ marginTop: 0 }}>{t('inForce', { version: r.version })}</p>
          <Table rules={r} />
        </>
      )}
    </Shown>
  )
}

function Table({ rules }: { rules: Schemas['Rules'] }) {
  const { t } = useTranslation('rules')
  const label = useLabel()
  const [{ class: binding, q = '' }, change, clear] = useFilters(['class', 'q'] as const)
  const [ladder, setLadder] = useState<string>()
  const [round, setRound] = useState(0) // a new one begins with an empty field
  const wanted = (d: Duty) => {
    const row = d.rows[0]
    const text = [label(row?.name), d.id, row?.source, row?.article, row?.start].join(' ').toLowerCase()
    return (!binding || d.rows.some((r) => r.class === binding)) && text.includes(q.toLowerCase())
  }
  const shown = duties(rules.deadlines).filter(wanted)
  return (
    <>
      <Space wrap className="no-print" role="search" aria-label={t('search')} style={{ marginBottom: 12 }}>
        <Input.Search key={round} allowClear defaultValue={q} aria-label={t('search')} placeholder={t('searchHint')} onChange={(e) => change({ q: e.target.value || undefined })} style={{ width: 240, maxWidth: '100%' }} />
        <Select allowClear aria-label={t('class')} placeholder={t('class')} value={binding} onChange={(v?: string) => change({ class: v })} style={{ minWidth: 140 }} options={(['S', 'P', 'L'] as const).map((c) => ({ value: c, label: t(`classes.${c}`) }))} />
        <Typography.Text type="secondary" role="status">{t('rowsShown', { count: shown.length })}</Typography.Text>
      </Space>
      {shown.length === 0 ? (
        <Nothing text={t('nothing')} clear={clear && (() => { clear(); setRound((n) => n + 1) })} />
      ) : (
        <table className="rules-table">
          <caption className="rules-muted">{t('onlyVerified')}</caption>
          <thead>
            <tr>
              {(['what', 'length', 'start', 'who', 'kept', 'ladder', 'source'] as const).map((c) => <th key={c} scope="col">{t(`column.${c}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {shown.map((d) => <Line key={d.id} of={d} open={setLadder} />)}
          </tbody>
        </table>
      )}
      <Drawer title={t('column.ladder')} open={!!ladder} onClose={() => setLadder(undefined)} size="large">
        {/* Nothing in it takes the focus: it is scrolled by the keyboard as one. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        {ladder && <div tabIndex={0} role="region" aria-label={t('column.ladder')}><Ladder id={ladder} of={rules.ladders} /></div>}
      </Drawer>
    </>
  )
}

function Line({ of, open }: { of: Duty; open: (ladder: string) => void }) {
  const { t } = useTranslation('rules')
  const label = useLabel()
  const length = useLength()
  const span = useSpanWord()
  const spec = useSpecName()
  const row = of.rows[0] as Deadline
  return (
    <tr>
      <th scope="row">
        {label(row.name)} {row.protective && <Tag color="green">{t('protective')}</Tag>}
        <div className="rules-muted numeric" style={{ fontWeight: 400 }}>{of.id}</div>
      </th>
      <Cell label={t('column.length')}>
        <ul>
          {of.rows.map((r) => (
            <li key={r.id}>{colourOf(r) ? <Risk colour={colourOf(r) ?? ''} /> : of.rows.length > 1 ? <span>{t('otherColours')} </span> : null} <span className="numeric">{length(r)}</span></li>
          ))}
        </ul>
      </Cell>
      <Cell label={t('column.start')}>{row.start}</Cell>
      <Cell label={t('column.who')}>{spec(row.owner)}</Cell>
      <Cell label={t('column.kept')}>
        {t(row.roll === 'next_workday' ? 'rolls' : 'rollsNot')}
        <br />
        {t(row.pausable ? 'pausable' : 'pausableNot')}
        {row.spread.value ? <><br /><span className="rules-muted">{t('spread', { span: span(row.spread) })}</span></> : null}
      </Cell>
      <Cell label={t('column.ladder')}><Button type="link" size="small" style={{ padding: 0, height: 'auto' }} onClick={() => open(row.ladder)}>{t(`ladders.${row.ladder}` as 'ladders.report', { defaultValue: row.ladder })}</Button></Cell>
      <Cell label={t('column.source')}>
        <ClassTag of={row} /> {row.source}{row.article ? ` ${row.article}` : ''}
        <div className="rules-muted">
          {t(`evidence.${row.evidence}` as 'evidence.V', { defaultValue: row.evidence })} · {t('since', { date: row.effective_from })}
          {row.verified_by ? ` · ${t('verified', { who: row.verified_by, date: row.verified_at })}` : ''}
        </div>
      </Cell>
    </tr>
  )
}

/** A cell that has its column's name beside it where the table is a list of cards. */
function Cell({ label, children }: { label: string; children: ReactNode }) {
  return (
    <td data-label={label}>
      <div>{children}</div>
    </td>
  )
}
