import { QueryClient } from '@tanstack/react-query'

import { Problem } from './client'

/** Data that is shown stays while it is asked for anew; what is refused is not asked again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => error instanceof Problem && (error.status === 0 || error.status >= 500) && count < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})
