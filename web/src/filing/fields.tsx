import { createContext, useContext, useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface Wrong {
  /** By the server's field path. */
  faults: Record<string, string>
  /** Tells that a field was changed: its fault is not shown any more. */
  mend?: (path: string) => void
}

/** What is wrong; shown at the field that has it. */
export const Faults = createContext<Wrong>({ faults: {} })

/** Whether a fault is one of a field, or of a part of it. */
export const isOf = (path: string) => (fault: string) => fault === path || fault.startsWith(`${path}.`) || fault.startsWith(`${path}[`)

function useFault(path?: string): [string | undefined, () => void] {
  const { faults, mend } = useContext(Faults)
  if (!path) return [undefined, () => undefined]
  const key = Object.keys(faults).find(isOf(path))
  return [key === undefined ? undefined : faults[key], () => mend?.(path)]
}

interface Common {
  path?: string
  label: string
  hint?: ReactNode
  /** Marked as what may be left out. */
  optional?: boolean
}

function useDescribed(path: string | undefined, hint: ReactNode) {
  const id = useId()
  const [fault, mend] = useFault(path)
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ') || undefined
  return { id, fault, mend, described }
}

function Fault({ id, text }: { id: string; text?: string }) {
  return text ? <p className="fault" id={`${id}-fault`}>{text}</p> : null
}

interface TextProps extends Common {
  value: string
  onChange: (value: string) => void
  type?: 'text' | 'tel' | 'number' | 'datetime-local'
  lines?: number
  max?: number
  list?: { value: string }[]
}

/** A line or several to type in. The browser is told to remember none of it. */
export function Text({ path, label, hint, optional, value, onChange, type = 'text', lines, max, list }: TextProps) {
  const { t } = useTranslation('filing')
  const { id, fault, mend, described } = useDescribed(path, hint)
  const common = { id, value, maxLength: max, autoComplete: 'off', 'aria-describedby': described, 'aria-invalid': fault ? true : undefined }
  return (
    <div className="field">
      <label htmlFor={id}>{label}{optional && <span className="may"> {t('optional')}</span>}</label>
      {hint && <div className="hint" id={`${id}-hint`}>{hint}</div>}
      {lines ? (
        <textarea {...common} rows={lines} onChange={(e) => { mend(); onChange(e.target.value) }} />
      ) : (
        <input
          {...common}
          type={type}
          inputMode={type === 'number' ? 'numeric' : undefined}
          list={list ? `${id}-list` : undefined}
          onChange={(e) => { mend(); onChange(e.target.value) }}
        />
      )}
      {list && <datalist id={`${id}-list`}>{list.map((o) => <option key={o.value} value={o.value}>{o.value}</option>)}</datalist>}
      <Fault id={id} text={fault} />
    </div>
  )
}

interface Option<V extends string> {
  value: V
  label: ReactNode
  hint?: ReactNode
}

interface ChoiceProps<V extends string> extends Common {
  options: Option<V>[]
  value: V | ''
  onChange: (value: V) => void
  /** Side by side, for short words. */
  row?: boolean
}

/** One of a few, as large buttons. */
export function Choice<V extends string>({ path, label, hint, optional, options, value, onChange, row }: ChoiceProps<V>) {
  const { t } = useTranslation('filing')
  const { id, fault, mend, described } = useDescribed(path, hint)
  return (
    <fieldset className="field" aria-describedby={described}>
      <legend>{label}{optional && <span className="may"> {t('optional')}</span>}</legend>
      {hint && <div className="hint" id={`${id}-hint`}>{hint}</div>}
      <div className={row ? 'choices row' : 'choices'}>
        {options.map((o) => (
          <label key={o.value} className="choice">
            <input type="radio" name={id} value={o.value} checked={value === o.value} data-fault={fault ? true : undefined} onChange={() => { mend(); onChange(o.value) }} />
            <span>{o.label}{o.hint && <small>{o.hint}</small>}</span>
          </label>
        ))}
      </div>
      <Fault id={id} text={fault} />
    </fieldset>
  )
}

interface ManyProps<V extends string> extends Common {
  options: Option<V>[]
  value: V[]
  onChange: (value: V[]) => void
}

/** Any number of some, as large buttons. */
export function Many<V extends string>({ path, label, hint, optional, options, value, onChange }: ManyProps<V>) {
  const { t } = useTranslation('filing')
  const { id, fault, mend, described } = useDescribed(path, hint)
  return (
    <fieldset className="field" aria-describedby={described}>
      <legend>{label}{optional && <span className="may"> {t('optional')}</span>}</legend>
      {hint && <div className="hint" id={`${id}-hint`}>{hint}</div>}
      <div className="choices">
        {options.map((o) => (
          <label key={o.value} className="choice">
            <input
              type="checkbox"
              value={o.value}
              checked={value.includes(o.value)}
              data-fault={fault ? true : undefined}
              onChange={(e) => { mend(); onChange(e.target.checked ? [...value, o.value] : value.filter((v) => v !== o.value)) }}
            />
            <span>{o.label}{o.hint && <small>{o.hint}</small>}</span>
          </label>
        ))}
      </div>
      <Fault id={id} text={fault} />
    </fieldset>
  )
}

/** Yes if ticked. */
export function Tick({ label, hint, value, onChange }: { label: ReactNode; hint?: ReactNode; value: boolean; onChange: (value: boolean) => void }) {
  return (
    <label className="choice">
      <input type="checkbox" checked={value} onChange={(e) => onChange(e.target.checked)} />
      <span>{label}{hint && <small>{hint}</small>}</span>
    </label>
  )
}

interface SelectProps extends Common {
  options: { value: string; label: string }[]
  none: string
  value: string
  onChange: (value: string) => void
  disabled?: boolean
}

/** One of many, or none. */
export function Select({ path, label, hint, optional, options, none, value, onChange, disabled }: SelectProps) {
  const { t } = useTranslation('filing')
  const { id, fault, mend, described } = useDescribed(path, hint)
  return (
    <div className="field">
      <label htmlFor={id}>{label}{optional && <span className="may"> {t('optional')}</span>}</label>
      {hint && <div className="hint" id={`${id}-hint`}>{hint}</div>}
      <select id={id} value={value} disabled={disabled} aria-describedby={described} aria-invalid={fault ? true : undefined} autoComplete="off" onChange={(e) => { mend(); onChange(e.target.value) }}>
        <option value="">{none}</option>
        {options.map((o) => <option key={o.value} value={o.value}>{o.label}</option>)}
      </select>
      <Fault id={id} text={fault} />
    </div>
  )
}

/** The number to call, large. On a computer, where nothing can be called, what to say stands open. */
export function Call110({ child = false }: { child?: boolean }) {
  const { t } = useTranslation('filing')
  return (
    <div className="call">
      <a className="call-button" href="tel:110">{t('call.button')}</a>
      <p>{t(child ? 'call.child' : 'call.instead')}</p>
      <details open={!matchMedia('(pointer: coarse)').matches}>
        <summary>{t('call.say')}</summary>
        <ul>{(['who', 'where', 'what', 'stay'] as const).map((k) => <li key={k}>{t(`call.words.${k}`)}</li>)}</ul>
      </details>
    </div>
  )
}
