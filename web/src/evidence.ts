/** Whether the situations are those in which the body must be left alone (8a.5). */
export function leaveTheBody(chosen: string[]): boolean {
  return chosen.some((s) => s === 'MR01' || s === 'MR02' || s === 'MR03')
}
