// What is read and typed here are the times of China's clocks, whatever zone this computer keeps: 8 hours ahead of UTC all
// year, in milliseconds.
const ahead = 8 * 3_600_000

const ends = { day: 10, minute: 16, second: 19 }

/** What a wall clock in China shows at a time, down to the minute unless said otherwise: "2026-11-25 00:05". */
export function wallText(at: string | number = Date.now(), to: keyof typeof ends = 'minute'): string {
  return new Date(new Date(at).valueOf() + ahead).toISOString().slice(0, ends[to]).replace('T', ' ')
}
