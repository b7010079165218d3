import { QueryClient } from '@tanstack/react-query'

import { Problem } from './client'

/**
 * Data that is shown stays while it is asked for anew; what is refused is not asked again. Without a network everything is
 * asked all the same, and fails at once: nothing is put by to be sent later, when nobody looks.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      refetchOnReconnect: true,
      staleTime: 15_000,
      retry: (count, error) => error instanceof Problem && (error.status === 0 || error.status >= 500) && count < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
