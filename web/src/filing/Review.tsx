import { useTranslation } from 'react-i18next'

import { steps, type Directory, type Step, type Values, type Who } from './report'

type Row = [label: string, value: string]

/** What will be sent, step by step, in the words of the form; each step can be changed. */
export function Review({ values: v, who, directory, edit }: { values: Values; who: Who; directory?: Directory; edit: (step: Step) => void }) {
  const { t } = useTranslation('filing')
  const name = (s: Step) => (who === 'desk' && s === 'reporter' ? t('desk.step') : t(`steps.${s}`))
  const place = (code: string) => directory?.places.find((p) => p.code === code)?.name ?? code
  const time = (typed: string) => typed.replace('T', ' ')
  const one = (key: string, value: string) => (value ? t(`${key}.${value}`) : '')
  const unit = who === 'unit' || v.duty !== ''
  const rows: Record<Exclude<Step, 'check'>, Row[]> = {
    danger: [
      [t('danger.label'), one('danger', v.danger)],
      [t('police.label'), [one('police', v.policeCalled), v.policeCalled === 'yes' ? time(v.policeAt) : '', v.policeCalled === 'yes' ? v.policeReceipt : '', v.policeCalled === 'no' ? v.policeReason : ''].filter(Boolean).join(' · ')],
    ],
    what: [
      [t('what.situations'), v.situations.map((s) => t(`situation.${s}.label`)).join('\n')],
      [t('what.unattended'), v.unattended ? t('yes') : ''],
      [t('what.text'), v.text],
      [t('what.relation'), one('relation', v.relation)],
      [t('what.suspect'), v.suspect],
      [t('what.avoidWho'), v.avoid.map((a) => t(`avoid.${a}`)).join(t('comma'))],
    ],
    where: [
      [t('where.town'), [place(v.town), v.village ? place(v.village) : ''].filter(Boolean).join(' ')],
      [t('where.place'), v.place],
      [t('where.found'), time(v.foundAt)],
    ],
    child: [
      [t('child.name'), v.childName],
      [t('child.sex'), one('child', v.childSex)],
      [t('child.age'), v.childAge],
      [t('child.school'), v.school],
      [t('child.address'), v.address],
      [t('child.contact'), one('contact', v.childContact)],
      [t('child.phone'), v.childPhone],
      [t('child.guardian'), [v.guardian, v.guardianPhone].filter(Boolean).join(' ')],
      [t('child.id'), v.childID],
    ],
    reporter: [
      [t('desk.via'), who === 'desk' ? [one('via', v.via), time(v.toldAt)].filter(Boolean).join(' · ') : ''],
      [t(who === 'desk' ? 'desk.name' : 'reporter.name'), who === 'unit' || who === 'person' || v.named === 'yes' ? v.name : t('reporter.unnamed')],
      [t(who === 'desk' ? 'desk.phone' : 'reporter.phone'), v.phone],
      [t(who === 'desk' ? 'desk.duty' : 'reporter.duty'), [one('duty', v.duty), unit && who !== 'unit' ? v.unit : '', unit ? v.position : ''].filter(Boolean).join(' · ')],
      [t('reporter.whose'), unit && v.inUnitName ? t(`reporter.whose_${v.inUnitName}`) : ''],
      [t(who === 'desk' ? 'desk.contact' : 'reporter.contact'), [one('contact', v.contact), v.contact && v.contact !== 'none' ? v.when : ''].filter(Boolean).join(' · ')],
    ],
  }
  return (
    <div className="review">
      <p className="hint">{t('review.hint')}</p>
      {steps.filter((s): s is Exclude<Step, 'check'> => s !== 'check').map((s) => {
        const said = rows[s].filter(([, value]) => value)
        return (
          <section key={s}>
            <h3>
              {name(s)}
              <button type="button" className="small" aria-label={t('review.editStep', { step: name(s) })} onClick={() => edit(s)}>{t('review.edit')}</button>
            </h3>
            {said.length === 0 ? <p className="hint">{t('review.nothing')}</p> : <dl>{said.map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>}
          </section>
        )
      })}
    </div>
  )
}
