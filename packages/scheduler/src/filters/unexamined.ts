import type { PlacementRequest } from '../placement.ts'

/** Says which of the user's rules no filter knows, so that none is ignored silently. */
export function unexaminedNotes({ constraints }: PlacementRequest): string[] {
  return constraints.flatMap((constraint) => (constraint.type === 'unknown' ? [`the constraint ${constraint.word} is not known`] : []))
}
