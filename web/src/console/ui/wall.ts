import dayjs, { type Dayjs } from 'dayjs'

import { wallText } from '../../wall'

export { wallText }

/** What a wall clock in China shows at a time, as a picker takes it. */
export function wallOf(at: string | number = Date.now()): Dayjs {
  return dayjs(wallText(at, 'second'))
}

/** The time of a wall clock in China as RFC 3339. */
export function onTheWall(at: Dayjs): string {
  return `${at.format('YYYY-MM-DDTHH:mm:ss')}+08:00`
}
