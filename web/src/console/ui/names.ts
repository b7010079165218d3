import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { api, ask } from '../../api/client'
import { useWord } from './words'

/** How places and units are called; asked for once. */
export function useDirectory() {
  return useQuery({ queryKey: ['directory'], queryFn: () => ask(api.GET('/api/v1/directory')), staleTime: 600_000 })
}

/** Gives the name of a place by its 12-digit code; of a village, with its town. */
export function usePlace(): (code?: string) => string {
  const { data } = useDirectory()
  const names = useMemo(() => new Map(data?.places.map((p) => [p.code, p.name])), [data])
  return (code) => {
    if (!code) return ''
    const own = names.get(code) ?? code
    const town = `${code.slice(0, 9)}000`
    return code.endsWith('000') || !names.has(town) ? own : `${names.get(town)} ${own}`
  }
}

/** Gives the name of a post ("village:379999101203/director") as people say it: where, and what. */
export function usePost(): (post?: string) => string {
  const { data } = useDirectory()
  const place = usePlace()
  const word = useWord()
  const units = useMemo(() => new Map(data?.units.map((u) => [u.name, u.title])), [data])
  return (post) => {
    if (!post) return ''
    const [where = '', what = ''] = post.split('/')
    const [kind, name = ''] = where.split(':')
    const [role = '', number] = what.split('#')
    const at = kind === 'unit' ? (units.get(name) ?? name) : kind === 'city' ? '' : place(name)
    return [at, word(`role.${role}`) + (number ? ` ${number}` : '')].filter(Boolean).join(' · ')
  }
}
