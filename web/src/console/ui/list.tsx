import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { Button, Typography } from 'antd'
import { memo, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { useOnPaper } from './paper'
import { Failed, Loading, Nothing } from './states'

export interface Page<T> {
  items: T[]
  next?: string
}

/** Asks for a keyset-paged list a page at a time; its key begins with 'list', so that the event stream renews it. */
export function usePages<T>(key: QueryKey, ask: (cursor: string) => Promise<Page<T>>) {
  return useInfiniteQuery({
    queryKey: ['list', ...key],
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })
}

/** A list that has come in part. */
export interface Listed<T> {
  data?: { pages: Page<T>[] }
  error: unknown
  isPending: boolean
  refetch: () => unknown
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => unknown
}

interface ListProps<T> {
  of: Listed<T>
  id: (row: T) => string
  row: (row: T) => ReactNode
  /** Shown above the rows once there are any; it scrolls with them. */
  header?: ReactNode
  empty?: ReactNode
  label: string
  /** A row's likely height in pixels before it is measured. */
  height?: number
}

/** A long list: only the rows in sight are in the page, and more are asked for when the end comes near. On paper stand all that have come. */
export function LongList<T>({ of, id, row, header, empty, label, height = 64 }: ListProps<T>) {
  const { t } = useTranslation('common')
  const paper = useOnPaper()
  const rows = of.data?.pages.flatMap((p) => p.items) ?? []
  const top = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  const some = rows.length > 0
  useLayoutEffect(() => {
    if (!some) return
    const look = () => setMargin(top.current ? Math.round(top.current.getBoundingClientRect().top + window.scrollY) : 0)
    look()
    const above = new ResizeObserver(look) // what stands above may grow or fold away
    above.observe(document.body)
    return () => above.disconnect()
  }, [some])
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => height, overscan: 12, scrollMargin: margin, getItemKey: (i) => id(rows[i] as T) })
  const seen = virtual.getVirtualItems()
  const last = seen.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = of
  const failed = !!of.error // whoever reads it tries again, not the list by itself
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !failed && last >= rows.length - 15) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, failed, fetchNextPage, last, rows.length])
  if (of.isPending) return <Loading rows={8} />
  if (of.error && rows.length === 0) return <Failed error={of.error} again={() => void of.refetch()} />
  if (rows.length === 0) return empty ?? <Nothing />
  if (paper) {
    return (
      <>
        {header}
        <div role="list" aria-label={label}>
          {rows.map((r) => <div key={id(r)} role="listitem" style={{ breakInside: 'avoid' }}><Drawn of={r} row={row} /></div>)}
        </div>
        <p>{t(hasNextPage ? 'state.notAll' : 'state.end')}</p>
      </>
    )
  }
  return (
    <>
      {of.error ? <Failed error={of.error} again={() => void of.refetch()} /> : null}
      {header}
      <div ref={top} role="list" aria-label={label} style={{ position: 'relative', height: virtual.getTotalSize() }}>
        {seen.map((item) => (
          <div
            key={item.key}
            role="listitem"
            ref={virtual.measureElement}
            data-index={item.index}
            aria-setsize={hasNextPage ? -1 : rows.length}
            aria-posinset={item.index + 1}
            style={{ position: 'absolute', top: 0, left: 0, right: 0, transform: `translateY(${item.start - virtual.options.scrollMargin}px)` }}
          >
            <Drawn of={rows[item.index] as T} row={row} />
          </div>
        ))}
      </div>
      <div style={{ textAlign: 'center', padding: 12 }}>
        {hasNextPage ? (
          <Button onClick={() => void fetchNextPage()} loading={isFetchingNextPage}>{t('state.more')}</Button>
        ) : (
          <Typography.Text type="secondary">{t('state.end')}</Typography.Text>
        )}
      </div>
    </>
  )
}

// Scrolling draws the list again and again; a row is drawn anew only where it, or how rows are drawn, has changed.
const Drawn = memo(function Drawn<T>({ of, row }: { of: T; row: (row: T) => ReactNode }) {
  return row(of)
}) as <T>(props: { of: T; row: (row: T) => ReactNode }) => ReactNode
