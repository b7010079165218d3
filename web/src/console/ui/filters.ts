import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/**
 * Filters that live in the URL: a link or a saved view is the whole of them. An empty value is left out. The third takes them all
 * away; there is none where none is set.
 */
export function useFilters<K extends string>(names: readonly K[]): [Partial<Record<K, string>>, (change: Partial<Record<K, string | undefined>>) => void, (() => void) | undefined] {
  const [params, setParams] = useSearchParams()
  const values: Partial<Record<K, string>> = {}
  for (const name of names) {
    const value = params.get(name)
    if (value) values[name] = value
  }
  const change = useCallback(
    (to: Partial<Record<K, string | undefined>>) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before)
          for (const [name, value] of Object.entries(to) as [K, string | undefined][]) {
            if (value) next.set(name, value)
            else next.delete(name)
          }
          return next
        },
        { replace: true },
      )
    },
    [setParams],
  )
  const clear = Object.keys(values).length > 0 ? () => change(Object.fromEntries(names.map((name) => [name, undefined])) as Partial<Record<K, undefined>>) : undefined
  return [values, change, clear]
}
