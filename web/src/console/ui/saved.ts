/** A saved view of a list: a name for the filters in the URL. Filters hold codes only; the name is its person's own words. */
export interface View {
  name: string
  search: string
}

const prefix = 'tonghu.views.'
const ofPerson = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\./

const keyOf = (person: string, page: string) => `${prefix}${person}.${page}`

/** What a person saved of a page, on this computer. */
export function viewsOf(person: string, page: string): View[] {
  try {
    return JSON.parse(localStorage.getItem(keyOf(person, page)) ?? '[]') as View[]
  } catch {
    return []
  }
}

export function keepViews(person: string, page: string, views: View[]) {
  try {
    localStorage.setItem(keyOf(person, page), JSON.stringify(views))
  } catch {
    // A browser that keeps nothing keeps no views either.
  }
}

/** Removes views that are kept under nobody's name, which the next person would find. */
export function forgetStrayViews() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix) && !ofPerson.test(key.slice(prefix.length))) localStorage.removeItem(key)
  } catch {
    // Nothing is kept.
  }
}
