import type { Random } from '@oakestra/base'

/** From the least to the most, in milliseconds; each message draws anew. */
export interface Span {
  readonly min: number
  readonly max: number
}

/** How badly a link treats messages, as no TCP would. Probabilities are in [0, 1] and drawn for each message. */
export interface LinkFaults {
  readonly loss: number
  readonly repetition: number
  /** Of a message to come late, behind others that were sent after it. */
  readonly reordering: number
}

export const NO_FAULTS: LinkFaults = { loss: 0, repetition: 0, reordering: 0 }

/** What a link is like at the moment. */
export interface LinkConditions {
  /** Nothing gets through and nothing is lost, as while TCP sends again and again. */
  isCut: boolean
  /** Only what is beside the connection gets through, as while TCP waits long after many losses. */
  isStalled: boolean
  delayMs: Span
  faults: LinkFaults
}

export function drawFrom({ min, max }: Span, random: Random): number {
  return min + (max - min) * random.next()
}

/** False without a draw when it cannot be, so that a run without faults does not depend on how many there are to draw. */
export function happens(probability: number, random: Random): boolean {
  return probability > 0 && random.next() < probability
}
