import { Alert } from 'antd'
import { useTranslation } from 'react-i18next'

import { Problem } from '../../../../api/client'
import { Failed } from '../../../ui/states'
import { Changed } from '../Changed'
import type { Case } from '../data'

/** Why a step was not taken; where somebody decided meanwhile, what they decided. What was typed stays. */
export function Refusal({ of, error }: { of: Case; error: unknown }) {
  const { t } = useTranslation('case')
  if (!error) return null
  return (
    <div style={{ marginBottom: 12 }}>
      {error instanceof Problem && error.code === 'case_moved_on' ? (
        <Alert
          type="warning"
          showIcon
          title={t('form.conflict')}
          description={<><Changed of={of} commands={error.body?.changed ?? []} /><p style={{ marginBottom: 0 }}>{t('form.conflictHelp')}</p></>}
        />
      ) : (
        <Failed error={error} />
      )}
    </div>
  )
}
