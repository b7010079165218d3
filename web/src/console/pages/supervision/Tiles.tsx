import { theme } from 'antd'
import { useTranslation } from 'react-i18next'

import { casesOf, worklistOf } from '../../ui/behind'
import { Risk } from '../../ui/risk'
import type { Figures } from '.'
import { Figure } from './Table'

/** The first numbers: what is due today, may be late, is late; the cases in hand. */
export function Tiles({ of }: { of: Figures }) {
  const { t } = useTranslation(['supervision', 'common'])
  const { token } = theme.useToken()
  const own = of.scope === 'own'
  const list = (due: string) => (own ? worklistOf({ due, town: of.town }) : undefined)
  const cases = (filters: Record<string, string | undefined>) => (own ? casesOf({ ...filters, town: of.town }) : undefined)
  const tiles = [
    { key: 'today', n: of.now.today, to: list('today') },
    { key: 'atRisk', n: of.now.at_risk, to: list('at_risk') },
    { key: 'overdue', n: of.now.overdue, to: list('overdue') },
    ...(own ? [{ key: 'stopped', n: of.now.stopped, to: list('stopped') }, { key: 'open', n: of.now.open, to: list('all') }] : []),
    { key: 'cases', n: of.cases.open, to: cases({}) },
    { key: 'casesLate', n: of.cases.overdue, to: cases({ overdue: '1' }) },
  ] as const
  const box = { background: token.colorBgContainer, border: `1px solid ${token.colorBorderSecondary}` }
  return (
    <>
      <div className="tiles">
        {tiles.map((tile) => (
          <div key={tile.key} className="tile" style={box}>
            {t(`tiles.${tile.key}`)}
            <b><Figure n={tile.n} to={tile.to} label={t(`tiles.${tile.key}`)} /></b>
          </div>
        ))}
      </div>
      <div className="tiles">
        {of.cases.colours.map((c) => (
          <div key={c.colour} className="tile" style={box}>
            <Risk colour={c.colour} />
            <b><Figure n={c.n} to={cases({ risk: c.colour })} label={t(`common:colour.${c.colour as 'red'}`)} /></b>
          </div>
        ))}
        {of.cases.phases.map((p) => (
          <div key={p.phase} className="tile" style={box}>
            {t(`common:phase.${p.phase as 'rescue'}`)}
            <b><Figure n={p.n} to={cases({ phase: p.phase })} label={t(`common:phase.${p.phase as 'rescue'}`)} /></b>
          </div>
        ))}
      </div>
    </>
  )
}
