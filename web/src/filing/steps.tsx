import { useTranslation } from 'react-i18next'

import { leaveTheBody } from '../evidence'
import { Call110, Choice, Many, Select, Text, Tick } from './fields'
import { idFault } from './idnumber'
import { avoids, contacts, duties, relations, situations, vias, type Directory, type Values, type Who } from './report'

interface StepProps {
  values: Values
  change: (to: Partial<Values>) => void
  directory?: Directory
  who: Who
}

/** Danger first: whoever is in danger calls 110, and the report follows. */
export function DangerStep({ values: v, change }: StepProps) {
  const { t } = useTranslation('filing')
  return (
    <>
      <Choice path="danger" label={t('danger.label')} value={v.danger} onChange={(danger) => change({ danger })} options={(['yes', 'unsure', 'no'] as const).map((o) => ({ value: o, label: t(`danger.${o}`) }))} />
      {v.danger === 'yes' && <Call110 />}
      {v.danger !== '' && (
        <>
          <Choice row path="police" label={t('police.label')} value={v.policeCalled} onChange={(policeCalled) => change({ policeCalled })} options={(['yes', 'no'] as const).map((o) => ({ value: o, label: t(`police.${o}`) }))} optional />
          {v.policeCalled === 'yes' && (
            <>
              <Text path="police.reported_at" type="datetime-local" label={t('police.at')} hint={t('police.atHint')} value={v.policeAt} onChange={(policeAt) => change({ policeAt })} optional />
              <Text path="police.receipt" label={t('police.receipt')} max={200} value={v.policeReceipt} onChange={(policeReceipt) => change({ policeReceipt })} optional />
            </>
          )}
          {v.policeCalled === 'no' && (
            <>
              {v.danger !== 'yes' && <p className="hint">{t('police.notYet')}</p>}
              <Text path="police.reason" label={t('police.reason')} max={1000} value={v.policeReason} onChange={(policeReason) => change({ policeReason })} optional />
            </>
          )}
        </>
      )}
    </>
  )
}

/** What happened, in plain words for the nine situations of the law, then in the reporter's own. */
export function WhatStep({ values: v, change }: StepProps) {
  const { t } = useTranslation('filing')
  return (
    <>
      <Many path="situations" label={t('what.situations')} hint={t('what.situationsHint')} value={v.situations} onChange={(s) => change({ situations: s })} options={situations.map((s) => ({ value: s, label: t(`situation.${s}.label`), hint: t(`situation.${s}.hint`) }))} />
      {leaveTheBody(v.situations) && <p className="careful" role="status">{t('evidence')}</p>}
      <Tick label={t('what.unattended')} value={v.unattended} onChange={(unattended) => change({ unattended })} />
      <Text path="narrative.text" lines={5} max={8000} label={t('what.text')} hint={t('what.textHint')} value={v.text} onChange={(text) => change({ text })} optional />
      <Select path="relation" label={t('what.relation')} none={t('what.relationNone')} value={v.relation} onChange={(r) => change({ relation: r as Values['relation'] })} options={relations.map((r) => ({ value: r, label: t(`relation.${r}`) }))} optional />
      <Text path="narrative.suspect" max={500} label={t('what.suspect')} value={v.suspect} onChange={(suspect) => change({ suspect })} optional />
      <details open={v.avoid.length > 0}>
        <summary>{t('what.avoid')}</summary>
        <Many path="avoid" label={t('what.avoidWho')} hint={t('what.avoidHint')} value={v.avoid} onChange={(avoid) => change({ avoid })} options={avoids.map((a) => ({ value: a, label: t(`avoid.${a}`) }))} />
      </details>
    </>
  )
}

/** Where the child is and when it was noticed: a town and a village if known, and words. */
export function WhereStep({ values: v, change, directory }: StepProps) {
  const { t } = useTranslation('filing')
  const towns = directory?.places.filter((p) => p.code.endsWith('000') && p.code !== directory.city) ?? []
  const villages = v.town ? (directory?.places.filter((p) => p.code.startsWith(v.town.slice(0, 9)) && !p.code.endsWith('000')) ?? []) : []
  return (
    <>
      {directory ? (
        <>
          <Select path="org" label={t('where.town')} none={t('where.unknown')} value={v.town} onChange={(town) => change({ town, village: '' })} options={towns.map((p) => ({ value: p.code, label: p.name }))} optional />
          {villages.length > 0 && <Select label={t('where.village')} none={t('where.unknown')} value={v.village} onChange={(village) => change({ village })} options={villages.map((p) => ({ value: p.code, label: p.name }))} optional />}
        </>
      ) : (
        <p className="hint">{t('where.noList')}</p>
      )}
      <Text path="narrative.place" lines={2} max={500} label={t('where.place')} hint={t('where.placeHint')} value={v.place} onChange={(place) => change({ place })} optional />
      <Text path="found_at" type="datetime-local" label={t('where.found')} hint={t('where.foundHint')} value={v.foundAt} onChange={(foundAt) => change({ foundAt })} optional />
    </>
  )
}

/** The child, as far as known; nothing of it is needed. */
export function ChildStep({ values: v, change }: StepProps) {
  const { t } = useTranslation('filing')
  const id = idFault(v.childID)
  return (
    <>
      <p className="hint">{t('child.hint')}</p>
      <Text path="child.name" max={100} label={t('child.name')} value={v.childName} onChange={(childName) => change({ childName })} optional />
      <Choice row path="child.sex" label={t('child.sex')} value={v.childSex} onChange={(childSex) => change({ childSex })} options={(['female', 'male', 'unknown'] as const).map((s) => ({ value: s, label: t(`child.${s}`) }))} optional />
      <Text path="child.age" type="number" label={t('child.age')} value={v.childAge} onChange={(childAge) => change({ childAge })} optional />
      <Text path="child.school" max={200} label={t('child.school')} value={v.school} onChange={(school) => change({ school })} optional />
      <Text path="child.address" max={500} lines={2} label={t('child.address')} value={v.address} onChange={(address) => change({ address })} optional />
      <Choice path="child.contact" label={t('child.contact')} hint={t('child.contactHint')} value={v.childContact} onChange={(childContact) => change({ childContact })} options={contacts.map((c) => ({ value: c, label: t(`contact.${c}`) }))} optional />
      <details open={!!(v.childPhone || v.guardian || v.guardianPhone || v.childID)}>
        <summary>{t('child.more')}</summary>
        <Text path="child.phone" type="tel" max={40} label={t('child.phone')} value={v.childPhone} onChange={(childPhone) => change({ childPhone })} optional />
        <Text path="child.guardian" max={100} label={t('child.guardian')} value={v.guardian} onChange={(guardian) => change({ guardian })} optional />
        <Text path="child.guardian_phone" type="tel" max={40} label={t('child.guardianPhone')} hint={t('child.guardianHint')} value={v.guardianPhone} onChange={(guardianPhone) => change({ guardianPhone })} optional />
        <Text path="child.id_number" max={40} label={t('child.id')} hint={id && <span className="doubt">{t(`child.idFault.${id.fault}`, { count: id.count })}</span>} value={v.childID} onChange={(childID) => change({ childID })} optional />
      </details>
    </>
  )
}

/** Who tells it: unnamed if they like, and how they are safely reached. The desk also says how it was told. */
export function ReporterStep({ values: v, change, directory, who }: StepProps) {
  const { t } = useTranslation('filing')
  const desk = who === 'desk'
  const account = who === 'unit' || who === 'person'
  const unit = who === 'unit' || v.duty !== ''
  return (
    <>
      {desk && (
        <>
          <Choice row path="told.via" label={t('desk.via')} value={v.via} onChange={(via) => change({ via })} options={vias.map((o) => ({ value: o, label: t(`via.${o}`) }))} />
          <Text path="told.at" type="datetime-local" label={t('desk.at')} hint={t('desk.atHint')} value={v.toldAt} onChange={(toldAt) => change({ toldAt })} optional />
        </>
      )}
      {account ? (
        <p className="hint">{t(who === 'unit' ? 'reporter.account' : 'reporter.own')}</p>
      ) : (
        <Choice path="reporter.name" label={t(desk ? 'desk.named' : 'reporter.named')} hint={t(desk ? 'desk.namedHint' : 'reporter.namedHint')} value={v.named} onChange={(named) => change({ named })} options={(['no', 'yes'] as const).map((o) => ({ value: o, label: t(`reporter.${o === 'yes' ? 'byName' : 'unnamed'}`) }))} />
      )}
      {(account || v.named === 'yes') && <Text path="reporter.name" max={100} label={t(desk ? 'desk.name' : 'reporter.name')} value={v.name} onChange={(name) => change({ name })} optional />}
      {(account || v.named !== '') && <Text path="reporter.phone" type="tel" max={40} label={t(desk ? 'desk.phone' : 'reporter.phone')} hint={t(desk ? 'desk.phoneHint' : 'reporter.phoneHint')} value={v.phone} onChange={(phone) => change({ phone })} optional />}
      {who !== 'unit' && (
        <Select path="reporter.duty" label={t(desk ? 'desk.duty' : 'reporter.duty')} hint={t('reporter.dutyHint')} none={t(desk ? 'desk.private' : 'reporter.private')} value={v.duty} onChange={(duty) => change({ duty: duty as Values['duty'] })} options={duties.map((d) => ({ value: d, label: t(`duty.${d}`) }))} optional />
      )}
      {unit && (
        <>
          {who !== 'unit' && <Text path="unit" max={200} label={t('reporter.unit')} value={v.unit} list={directory?.units.map((u) => ({ value: u.title }))} onChange={(name) => change({ unit: name })} optional />}
          <Text path="reporter.position" max={100} label={t('reporter.position')} value={v.position} onChange={(position) => change({ position })} optional />
          <Choice path="duty_unit" label={t('reporter.whose')} value={v.inUnitName} onChange={(inUnitName) => change({ inUnitName })} options={(['yes', 'no'] as const).map((o) => ({ value: o, label: t(`reporter.whose_${o}`), hint: t(`reporter.whose_${o}_hint`) }))} />
        </>
      )}
      <Choice path="reporter.contact" label={t(desk ? 'desk.contact' : 'reporter.contact')} hint={t(desk ? 'desk.contactHint' : 'reporter.contactHint')} value={v.contact} onChange={(contact) => change({ contact })} options={contacts.map((c) => ({ value: c, label: t(`contact.${c}`) }))} optional />
      {v.contact !== '' && v.contact !== 'none' && <Text path="reporter.when" max={200} label={t('reporter.when')} hint={t('reporter.whenHint')} value={v.when} onChange={(when) => change({ when })} optional />}
    </>
  )
}
