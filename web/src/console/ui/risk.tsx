import { useTranslation } from 'react-i18next'

import { riskColours } from '../theme'

type Colour = keyof typeof riskColours

/** A risk colour: a mark and its word. */
export function Risk({ colour }: { colour: string }) {
  const { t } = useTranslation('common')
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      <span className="dot" style={{ background: riskColours[colour as Colour] }} aria-hidden />
      {t(`colour.${colour as Colour}`)}
    </span>
  )
}
