/** What a resident's ID number (公民身份号码, GB 11643) may fail in, in the order in which it is looked at. */
export type IDFault = 'length' | 'digits' | 'date' | 'check'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** What was typed, comparable: full-width to ASCII, x to X, no blanks or dashes. */
const plain = (typed: string) => typed.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '').toUpperCase()

/**
 * What is wrong with an ID number, with the number of its characters; undefined of a right one and where nothing was typed.
 * It is a reason to look again, never one to hold a report up: who reports may know half of it, or a permit's number.
 */
export function idFault(typed: string): { fault: IDFault; count: number } | undefined {
  const id = plain(typed)
  const wrong = (fault: IDFault) => ({ fault, count: id.length })
  if (id === '') return undefined
  if (!/^\d*X?$/.test(id) || id.indexOf('X') >= 0 && id.indexOf('X') < 17) return wrong('digits')
  if (id.length !== 18) return wrong('length')
  const [year, month, day] = [id.slice(6, 10), id.slice(10, 12), id.slice(12, 14)].map(Number) as [number, number, number]
  const born = new Date(Date.UTC(year, month - 1, day))
  if (year < 1850 || born.getUTCMonth() !== month - 1 || born.getUTCDate() !== day) return wrong('date')
  const sum = weights.reduce((s, weight, i) => s + weight * Number(id[i]), 0)
  if ('10X98765432'[sum % 11] !== id[17]) return wrong('check')
  return undefined
}

/** The kind of paper that a number is of, as far as the number says it. */
export const idType = (typed: string | undefined) => (typed?.trim() && !idFault(typed) ? ('resident_id' as const) : undefined)
