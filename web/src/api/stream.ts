import { useEffect } from 'react'
import { useQueryClient } from '@tanstack/react-query'

/** A hint of what changed; an empty one means: look at everything again. */
export interface Change {
  case?: string
  kind?: string
}

// After an answer that is no stream (a proxy's error, an ended session) a browser does not connect by itself again.
const again = 5_000

/**
 * Follows the server's event stream while the page is open, so that lists and cases are right without a reload. What
 * depends on a case has its id in its query key; every list begins with 'list'.
 */
export function useStream(signedIn: boolean) {
  const queries = useQueryClient()
  useEffect(() => {
    if (!signedIn) return
    let source: EventSource
    let timer: ReturnType<typeof setTimeout> | undefined
    let lost = false
    const connect = () => {
      source = new EventSource('/api/v1/stream')
      source.addEventListener('change', (event: MessageEvent<string>) => {
        const change = JSON.parse(event.data) as Change
        void queries.invalidateQueries({
          predicate: (q) => !change.case || q.queryKey[0] === 'list' || q.queryKey.includes(change.case),
        })
      })
      source.addEventListener('error', () => {
        lost = true
        if (source.readyState !== EventSource.CLOSED) return
        void queries.invalidateQueries({ queryKey: ['me'] })
        timer = setTimeout(connect, again)
      })
      source.addEventListener('open', () => {
        if (lost) void queries.invalidateQueries()
        lost = false
      })
    }
    connect()
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [signedIn, queries])
}
