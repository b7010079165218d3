import { useEffect } from 'react'

/** A browser asks before it throws away what stands in this tab alone. */
export function useGuard(unsaved: boolean) {
  useEffect(() => {
    if (!unsaved) return
    const ask = (e: BeforeUnloadEvent) => e.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [unsaved])
}
