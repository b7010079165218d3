import type { Schemas } from '../../../../api/client'

/** The parts of a case's page beneath what is due and its tracks, in the order in which they are read. */
export function Panels({ of }: { of: Schemas['Case'] }) {
  void of
  return null
}
