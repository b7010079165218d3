import { useEffect } from 'react'
import { useQueryClient } from '@tanstack/react-query'

/** A hint of what changed; an empty one means: look at everything again. */
export interface Change {
  case?: string
  kind?: string
}

/**
 * Follows the server's event stream while the page is open, so that lists and cases are right without a reload. What
 * depends on a case has its id in its query key; every list begins with 'list'.
 */
export function useStream(signedIn: boolean) {
  const queries = useQueryClient()
  useEffect(() => {
    if (!signedIn) return
    const source = new EventSource('/api/v1/stream')
    let lost = false
    source.addEventListener('change', (event: MessageEvent<string>) => {
      const change = JSON.parse(event.data) as Change
      void queries.invalidateQueries({
        predicate: (q) => !change.case || q.queryKey[0] === 'list' || q.queryKey.includes(change.case),
      })
    })
    source.addEventListener('error', () => {
      lost = true
    })
    source.addEventListener('open', () => {
      if (lost) void queries.invalidateQueries()
      lost = false
    })
    return () => source.close()
  }, [signedIn, queries])
}
