import type { Schemas } from '../api/client'
import { wallText } from '../wall'

import { idType } from './idnumber'

export type Body = Schemas['ReportBody']
export type Directory = Schemas['Directory']
export type Filed = Schemas['Filed']
export type Situation = NonNullable<Body['situations']>[number]
export type Relation = NonNullable<Body['relation']>
export type Avoid = NonNullable<Body['avoid']>[number]
export type Contact = NonNullable<Schemas['ReporterBody']['contact']>
export type Duty = NonNullable<Schemas['ReporterBody']['duty']>

export const situations: Situation[] = ['MR01', 'MR02', 'MR03', 'MR04', 'MR05', 'MR06', 'MR07', 'MR08', 'MR09']
export const relations: Relation[] = ['guardian', 'relative', 'carer', 'school_or_institution', 'village_or_town_cadre', 'own_staff', 'stranger', 'unknown']
export const avoids: Avoid[] = ['village', 'town', 'shelter', 'bureau', 'police']
export const contacts: Contact[] = ['phone', 'sms_only', 'via_school', 'none']
export const duties: Duty[] = ['school', 'training', 'care', 'medical', 'lodging', 'village', 'welfare', 'government', 'other']
export const vias = ['phone', 'letter', 'onsite'] as const

/** Who fills the form in: nobody known, the duty desk for a caller, a unit's reporter, or another officer in their own name. */
export type Who = 'public' | 'desk' | 'unit' | 'person'

/** What stands in the form, as typed. Everything may stay empty but the danger and one situation. */
export interface Values {
  danger: '' | Body['danger']
  policeCalled: '' | 'yes' | 'no'
  policeAt: string
  policeReceipt: string
  policeReason: string
  situations: Situation[]
  unattended: boolean
  text: string
  suspect: string
  relation: '' | Relation
  avoid: Avoid[]
  town: string
  village: string
  place: string
  foundAt: string
  childName: string
  childSex: '' | 'female' | 'male' | 'unknown'
  childAge: string
  childID: string
  school: string
  address: string
  childPhone: string
  guardian: string
  guardianPhone: string
  childContact: '' | Contact
  named: '' | 'yes' | 'no'
  name: string
  phone: string
  duty: '' | Duty
  unit: string
  position: string
  inUnitName: '' | 'yes' | 'no'
  contact: '' | Contact
  when: string
  via: '' | (typeof vias)[number]
  toldAt: string
  readBack: boolean
}

export const empty: Values = {
  danger: '', policeCalled: '', policeAt: '', policeReceipt: '', policeReason: '',
  situations: [], unattended: false, text: '', suspect: '', relation: '', avoid: [],
  town: '', village: '', place: '', foundAt: '',
  childName: '', childSex: '', childAge: '', childID: '', school: '', address: '', childPhone: '', guardian: '', guardianPhone: '', childContact: '',
  named: '', name: '', phone: '', duty: '', unit: '', position: '', inUnitName: '', contact: '', when: '',
  via: '', toldAt: '', readBack: false,
}

export type Step = 'danger' | 'what' | 'where' | 'child' | 'reporter' | 'check'
export const steps: Step[] = ['danger', 'what', 'where', 'child', 'reporter', 'check']

// Where the server's field paths stand in the form; the longest that fits counts.
const places: [string, Step][] = [
  ['danger', 'danger'], ['police', 'danger'],
  ['situations', 'what'], ['unattended_under_8', 'what'], ['narrative.text', 'what'], ['narrative.suspect', 'what'], ['relation', 'what'], ['avoid', 'what'],
  ['org', 'where'], ['narrative.place', 'where'], ['found_at', 'where'],
  ['child', 'child'],
  ['reporter', 'reporter'], ['duty_unit', 'reporter'], ['unit', 'reporter'], ['told', 'reporter'],
]

/** The step on which a field of the body is asked; undefined of a path that the form does not have. */
export function stepOf(path: string): Step | undefined {
  return places.find(([at]) => path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`))?.[1]
}

/** A local time as typed ("2026-11-24T08:30") is China's time, wherever the browser thinks it is. */
export function moment(typed: string): string | undefined {
  return typed ? `${typed}:00+08:00` : undefined
}

// Without what is empty, so that nothing is said that nobody said.
function filled<T extends object>(values: T): Partial<T> | undefined {
  const kept = Object.entries(values).filter(([, v]) => v !== undefined && v !== '' && v !== false && !(Array.isArray(v) && v.length === 0))
  return kept.length ? (Object.fromEntries(kept) as Partial<T>) : undefined
}

/** The report as the API takes it. */
export function bodyOf(v: Values, who: Who, directory?: Directory): Body {
  const named = who === 'desk' || who === 'public' ? v.named === 'yes' : true
  const hasUnit = v.duty !== '' || who === 'unit'
  const unit = directory?.units.find((u) => u.title === v.unit.trim())
  return {
    danger: v.danger || 'unsure',
    ...filled({
      situations: v.situations,
      unattended_under_8: v.unattended,
      relation: v.relation || undefined,
      avoid: v.avoid,
      org: v.village || v.town,
      found_at: moment(v.foundAt),
      duty_unit: hasUnit && v.inUnitName === 'yes',
      unit: hasUnit && who !== 'unit' ? unit?.name : undefined,
      police: v.policeCalled === 'yes' ? filled({ reported_at: moment(v.policeAt) ?? shanghai(new Date()), receipt: v.policeReceipt.trim() }) : v.policeCalled === 'no' ? filled({ reason: v.policeReason.trim() }) : undefined,
      child: filled({
        name: v.childName.trim(), id_number: v.childID.trim(), id_type: idType(v.childID), sex: v.childSex || undefined,
        age: v.childAge === '' ? undefined : Number(v.childAge), phone: v.childPhone.trim(), address: v.address.trim(), school: v.school.trim(),
        contact: v.childContact || undefined, guardian: v.guardian.trim(), guardian_phone: v.guardianPhone.trim(),
      }),
      reporter: filled({
        name: named ? v.name.trim() : '', phone: v.phone.trim(), duty: v.duty || undefined, unit: hasUnit ? v.unit.trim() : '', position: hasUnit ? v.position.trim() : '',
        contact: v.contact || undefined, when: v.when.trim(), personal: who !== 'desk' && hasUnit && v.inUnitName === 'no',
      }),
      narrative: filled({ text: v.text.trim(), place: v.place.trim(), suspect: v.suspect.trim() }),
      told: who === 'desk' ? filled({ via: v.via || undefined, at: moment(v.toldAt), read_back: v.readBack }) : undefined,
    }),
  }
}

/** A moment as China's clocks show it, to the minute, with its zone. */
export function shanghai(at: Date): string {
  return `${wallText(at.getTime()).replace(' ', 'T')}:00+08:00`
}

/** What is still missing on a step, by the server's field path and the reason's name. */
export function missing(step: Step, v: Values): Record<string, 'danger' | 'situations'> {
  if (step === 'danger' && !v.danger) return { danger: 'danger' }
  if (step === 'what' && v.situations.length === 0) return { situations: 'situations' }
  return {}
}
