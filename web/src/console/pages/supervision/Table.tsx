import { Typography } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

/** A number that opens the list that it counts; a word where it is not shown. */
export function Figure({ n, to, label }: { n: number | null | undefined; to?: string; label: string }) {
  const { t } = useTranslation('supervision')
  if (n === null || n === undefined) return <Typography.Text type="secondary">{t('hidden')}</Typography.Text>
  if (!to || n === 0) return <>{n}</>
  return <Link to={to} aria-label={`${label} ${n}`}>{n}</Link>
}

/** The table of a chart: its accessible form, and the one that is printed. */
export function Table({ caption, head, rows }: { caption: string; head: string[]; rows: { key: string; cells: ReactNode[] }[] }) {
  return (
    // A table wider than a phone scrolls by keyboard too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table aria-label={caption}>
        <thead>
          <tr>{head.map((h) => <th key={h} scope="col">{h}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.key}>
              {r.cells.map((c, i) => (i === 0 ? <th key={head[i]} scope="row">{c}</th> : <td key={head[i]}>{c}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
