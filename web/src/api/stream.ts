import { useEffect } from 'react'
import { useQueryClient } from '@tanstack/react-query'

/** A hint of what changed; an empty one means: look at everything again. */
export interface Change {
  case?: string
  kind?: string
}

// After an answer that is no stream (a proxy's error, an ended session) a browser does not connect by itself again.
const again = 5_000

// How long what has just been looked at anew is left alone, in milliseconds.
const rest = 2_000

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
    let resting: ReturnType<typeof setTimeout> | undefined
    let changed: Change[] = []
    // Looks at what has changed at once, and then at all that changes during a rest together: a long list is asked for anew page by page.
    const look = () => {
      const now = changed
      changed = []
      if (now.length > 0) {
        void queries.invalidateQueries({
          predicate: (q) => q.queryKey[0] === 'list' || now.some((change) => !change.case || q.queryKey.includes(change.case)),
        })
      }
      return setTimeout(() => {
        resting = changed.length > 0 ? look() : undefined
      }, rest)
    }
    let lost = false
    const connect = () => {
      source = new EventSource('/api/v1/stream')
      source.addEventListener('change', (event: MessageEvent<string>) => {
        changed.push(JSON.parse(event.data) as Change)
        resting ??= look()
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
      clearTimeout(resting)
      source.close()
    }
  }, [signedIn, queries])
}
