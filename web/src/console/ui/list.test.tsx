import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { ConfigProvider } from 'antd'
import { MemoryRouter, useLocation } from 'react-router'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

// What jsdom lacks and the modules ask for as they come.
vi.hoisted(() => {
  window.matchMedia = (media) => Object.assign(new EventTarget(), { matches: false, media, onchange: null, addListener: () => {}, removeListener: () => {} }) as MediaQueryList
})

import { start } from '../../i18n'
import common from '../../locales/zh-CN/common.json'
import { useFilters } from './filters'
import { LongList, type Listed } from './list'
import { Nothing } from './states'

// Asked for as soon as the module is there; jsdom has none.
vi.hoisted(() => {
  window.matchMedia = (media) => Object.assign(new EventTarget(), { media, matches: false }) as MediaQueryList
})

beforeAll(() => {
  start({ 'zh-CN': { common } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  window.scrollTo = () => undefined
})
afterEach(cleanup)

function listed(change: Partial<Listed<string>>) {
  const of = { data: { pages: [{ items: ['a'] }] }, error: null, isPending: false, refetch: vi.fn(), hasNextPage: true, isFetchingNextPage: false, fetchNextPage: vi.fn(), ...change }
  render(<ConfigProvider button={{ autoInsertSpace: false }}><LongList of={of} id={(r) => r} row={(r) => r} label="rows" /></ConfigProvider>)
  return of
}

test('a list asks for more by itself, but not again and again where that failed: its reader tries again', () => {
  expect(listed({}).fetchNextPage).toHaveBeenCalled()
  cleanup()
  const failed = listed({ error: new Error('no network') })
  expect(failed.fetchNextPage).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: common.problem.retry }))
  expect(failed.refetch).toHaveBeenCalledOnce()
})

function Filtered() {
  const [filters, , clear] = useFilters(['kind', 'town'] as const)
  return <><p>{`${filters.kind ?? '-'} ${useLocation().search}`}</p><Nothing clear={clear} /></>
}

test('a list that filters keep empty offers to take them off, and leaves the rest of the address', () => {
  render(<MemoryRouter initialEntries={['/cases?kind=report&town=1&view=x']}><Filtered /></MemoryRouter>)
  expect(screen.getByText(/report/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: common.state.unfilter }))
  expect(screen.getByText('- ?view=x')).toBeTruthy()
  expect(screen.queryByRole('button', { name: common.state.unfilter })).toBeNull()
})
