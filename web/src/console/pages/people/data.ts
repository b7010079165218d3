import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'

import { api, ask, type Schemas } from '../../../api/client'

export type Appointment = Schemas['Appointment']
export type Incumbent = Schemas['Incumbent']

/** Asks for all pages of a list, one after the other: a county's posts are about a thousand. */
function useWhole<T>(name: string, on: boolean, page: (cursor: string) => Promise<{ items: T[]; next?: string }>) {
  const list = useInfiniteQuery({
    queryKey: ['list', name, 'whole'],
    queryFn: ({ pageParam }) => page(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    enabled: on,
    staleTime: 60_000,
  })
  const { hasNextPage, isFetching, isError, fetchNextPage } = list
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [hasNextPage, isFetching, isError, fetchNextPage])
  const items = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data])
  return { items, loading: on && (list.isPending || hasNextPage), error: list.error, refetch: list.refetch }
}

/** Every post that one looks through. */
export function useAppointments(on = true) {
  return useWhole<Appointment>('appointments', on, (cursor) => ask(api.GET('/api/v1/appointments', { params: { query: { cursor, limit: 200 } } })))
}

/** Everybody who can be put into a post. */
export function useCandidates(on = true) {
  return useWhole('candidates', on, (cursor) => ask(api.GET('/api/v1/candidates', { params: { query: { cursor, limit: 200 } } })))
}

/** What posts owe now, by post. */
export function useOwed(posts: string[], on: boolean) {
  return useQuery({
    queryKey: ['list', 'owed', ...posts],
    queryFn: async () => {
      const found = new Map<string, Schemas['Owed']>()
      for (let i = 0; i < posts.length; i += 60) {
        const { items } = await ask(api.GET('/api/v1/owed', { params: { query: { post: posts.slice(i, i + 60) } } }))
        for (const o of items) found.set(o.post, o)
      }
      return found
    },
    enabled: on && posts.length > 0,
  })
}
