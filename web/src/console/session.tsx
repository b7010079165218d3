import { useQuery } from '@tanstack/react-query'

import { api, ask, Problem, type Schemas } from '../api/client'

export type Me = Schemas['Me']
export type Role = Schemas['Post']['role']

/** Who is signed in; null when nobody is. */
export function useSession() {
  return useQuery({
    queryKey: ['me'],
    queryFn: async (): Promise<Me | null> => {
      try {
        return await ask(api.GET('/api/v1/me'))
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return null
        throw error
      }
    },
    staleTime: 60_000,
  })
}

/** Who is signed in, on pages that are shown to them only. */
export function useMe(): Me {
  const { data } = useSession()
  if (!data) throw new Error('nobody is signed in')
  return data
}

/** Whether one of the posts has one of the roles. */
export function hasRole(me: Me, ...roles: Role[]): boolean {
  return me.posts.some((p) => roles.includes(p.role))
}
