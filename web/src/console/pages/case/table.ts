import type { Dayjs } from 'dayjs'

import type { Me } from '../../session'
import { onTheWall } from '../../ui/wall'
import type { Values } from './drafts'
import { partsOf, type Case, type Field, type Obligation, type Step } from './data'

// What follows from the step table and a case alone: nothing here knows a step by its name.

/** The steps open to the caller now, in the table's order. */
export function allowedSteps(of: Case, steps: Step[]): Step[] {
  return steps.filter((s) => of.allowed.includes(s.name))
}

/** The steps among them that do an obligation. What is to be filed away is not done by opening it again, nor by destroying it. */
export function doing(o: Obligation, steps: Step[]): Step[] {
  const [base] = partsOf(o.key)
  return steps.filter((s) => s.ends.includes(base) && (base !== 'archive' || s.name === base))
}

/** Whether it destroys the file, which nobody takes for one button among others. */
export function destroys(step: Step): boolean {
  return step.name === 'erase'
}

/** Whether it ends the case or destroys something: such a step is asked about twice. */
export function isFinal(step: Step): boolean {
  return step.to === 'archiving' || step.to === 'closed' || (step.track === 'control' && step.second === 'always')
}

/** Whether a form waits for a second person, as far as can be told now. */
export function needsSecond(step: Step, of: Case, fields: Record<string, unknown> = {}): boolean {
  if (step.second === 'always') return true
  if (step.second === 'if_red') return of.colour === 'red'
  if (step.second === 'if_secret') {
    const parts = fields.compartments
    return Array.isArray(parts) && parts.some((p) => p === 'reporter' || p === 'narrative')
  }
  return false
}

/**
 * Whether somebody may be the second person of a proposal: nobody is of their own, in whatever post; where the step's
 * approvers are recused the coordination body is (8a.1).
 */
export function mayDecide(me: Me, proposal: Case['proposals'][number], steps: Step[]): boolean {
  const approvers = steps.find((s) => s.name === proposal.step)?.approvers ?? []
  return proposal.person !== me.person && me.posts.some((p) => p.post !== proposal.post && (approvers.includes(p.role) || p.role === 'body'))
}

/** Whether a field is asked for, given what is filled in: one with a condition only where it holds. */
export function isAsked(field: Field, fields: Record<string, unknown> = {}): boolean {
  if (!field.if) return true
  const [name = '', want = ''] = field.if.split('=')
  return want.split('|').includes(String(fields[name]))
}

export function isRequired(field: Field): boolean {
  return field.required || !!field.if
}

/** What an obligation already says of a form that does it: which task, order, proposal, record, warning. */
export function presetOf(step: Step, key: string): Record<string, unknown> {
  const [base, about] = partsOf(key)
  const out: Record<string, unknown> = {}
  for (const f of step.form) {
    if (f.type === 'enum' && f.options?.some((o) => o.value === key)) out[f.name] = key
    else if (f.type === 'id' && f.name === 'key') out[f.name] = key
    else if (about && f.type === 'id' && f.required) out[f.name] = about
    else if (about && f.type === 'int' && base.startsWith(f.name)) out[f.name] = Number(about)
  }
  return out
}

/** What the case knows already of a form's fields; a colour is set by a person and never proposed. */
export function knownOf(step: Step, of: Case): Record<string, unknown> {
  const known: Record<string, unknown> = { ground: of.ground, relation: of.relation, org: of.org }
  const out: Record<string, unknown> = {}
  for (const f of step.form) if (f.type !== 'text' && known[f.name] && fits(f, known[f.name])) out[f.name] = known[f.name]
  return out
}

function fits(f: Field, value: unknown): boolean {
  return f.type !== 'enum' || !!f.options?.some((o) => o.value === value)
}

export interface Body {
  fields: Record<string, unknown>
  for?: string
  via?: 'phone' | 'letter' | 'onsite'
  occurred_at?: string
  post?: string
}

/** A filled form as the server takes it: what is not asked for or empty is left out. */
export function bodyOf(step: Step, values: Values): Body {
  const fields: Record<string, unknown> = {}
  for (const f of step.form) {
    const v = values.fields?.[f.name]
    if (!isAsked(f, values.fields) || v === undefined || v === null || v === '' || (Array.isArray(v) && v.length === 0)) continue
    fields[f.name] = f.type === 'time' ? onTheWall(v as Dayjs) : v
  }
  const out: Body = { fields }
  if (values.proxy && values.for) {
    out.for = values.for
    out.via = values.via as Body['via']
  }
  if (values.occurred_at) out.occurred_at = onTheWall(values.occurred_at as Dayjs)
  if (values.post) out.post = values.post
  return out
}
