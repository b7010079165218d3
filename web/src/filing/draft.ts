import { empty, type Body, type Values } from './report'

// A draft stands on the device only after its writer said so (8a.4): one row in a database with a name that tells
// nothing. The database does not exist before, and is gone afterwards.
const name = 'page'

/** How long a draft that nobody sends is kept, in milliseconds. */
const kept = 72 * 3_600_000

export interface Draft {
  id: 1
  at: number
  /** The Idempotency-Key that it is or will be sent with: the same after the tab was closed. */
  key: string
  step: number
  values: Values
  /** It was to be sent, and no answer has come yet. */
  sending: boolean
  /** What was sent then: the same again under the same key. Older versions kept none. */
  body?: Body
}

let ended = false
let queue: Promise<unknown> = Promise.resolve()

// One after the other: what is erased is not written again by what was under way.
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = queue.then(work, work)
  queue = next.catch(() => undefined)
  return next
}

async function exists(): Promise<boolean> {
  if (typeof indexedDB === 'undefined') return false
  if (indexedDB.databases) return (await indexedDB.databases()).some((d) => d.name === name)
  const { Dexie } = await import('dexie')
  return Dexie.exists(name)
}

async function open() {
  const { Dexie } = await import('dexie')
  const db = new Dexie(name)
  db.version(1).stores({ rows: 'id' })
  return db
}

export const drafts = {
  /** The draft of this device, if it holds one that is not too old. One that waits to be sent is never too old. */
  load: () =>
    inTurn(async (): Promise<Draft | undefined> => {
      if (!(await exists())) return undefined
      const db = await open()
      const found = await db.table<Draft, number>('rows').get(1)
      db.close()
      if (!found || (!found.sending && Date.now() - found.at > kept)) {
        await erase()
        return undefined
      }
      return { ...found, values: { ...empty, ...found.values } }
    }),
  save: (draft: Omit<Draft, 'id' | 'at'>) =>
    inTurn(async () => {
      if (ended) return
      const db = await open()
      await db.table<Draft, number>('rows').put({ ...draft, id: 1, at: Date.now() })
      db.close()
    }),
  erase: () => inTurn(erase),
  /** Erases, and keeps nothing any more as long as the page is open. */
  end: () => {
    ended = true
    return inTurn(erase)
  },
}

async function erase() {
  if (!(await exists())) return
  await new Promise<void>((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => resolve())
    request.addEventListener('blocked', () => resolve()) // another tab has it open for a moment: it goes when that one is done
  })
}

export type DraftStore = typeof drafts
