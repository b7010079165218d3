import { Alert, App, Button, Space } from 'antd'
import { useTranslation } from 'react-i18next'

import { Problem } from '../../../api/client'
import { Moment } from '../../ui/time'
import { useLabel, useWord } from '../../ui/words'
import type { Case, Step } from './data'
import { presetOfKept, useDropKept, useKept, type Kept } from './kept'
import { useTakeStep } from './take'

/** Forms of this case that were refused: what was typed is on the server, and opens again, on whichever computer. */
export function KeptForms({ of, steps }: { of: Case; steps: Step[] }) {
  const { t } = useTranslation(['case', 'common'])
  const word = useWord()
  const label = useLabel()
  const take = useTakeStep()
  const { drafts } = useKept(of)
  const { drop } = useDropKept()
  const { modal, message } = App.useApp()
  if (drafts.length === 0) return null
  function ask(kept: Kept) {
    modal.confirm({
      title: t('drafts.dropTitle'),
      content: t('drafts.dropText'),
      okText: t('drafts.drop'),
      okButtonProps: { danger: true },
      cancelText: t('common:action.cancel'),
      onOk: () => drop([kept]).catch((error: unknown) => void message.error(error instanceof Problem ? error.title : t('common:problem.broken'))),
    })
  }
  return (
    <Alert
      type="warning"
      role="region"
      aria-label={t('drafts.title')}
      title={t('drafts.title')}
      description={
        <>
          <div>{t('drafts.help')}</div>
          <ul className="kept">
            {drafts.map((d) => {
              const step = steps.find((s) => s.name === d.step)
              return (
                <li key={d.command} data-step={d.step}>
                  <strong>{label(step?.label) || word(`step.${of.kind}.${d.step}`, `step.${d.step}`)}</strong> <Moment at={d.at} /> {d.refusal && <div>{d.refusal.title}</div>}
                  <Space size={16} style={{ display: 'flex', marginBlock: 4 }}>
                    {step && <Button size="small" type="primary" onClick={() => take({ step: d.step, preset: presetOfKept(d, step), kept: d })}>{t('drafts.open')}</Button>}
                    <Button size="small" danger onClick={() => ask(d)}>{t('drafts.drop')}</Button>
                  </Space>
                </li>
              )
            })}
          </ul>
        </>
      }
    />
  )
}
