/** How many events are kept, and for how long. */
export interface EventLimits {
  /** The oldest go first. An event is some 400 bytes with its indexes. */
  readonly keptMax: number
  readonly keptMs: number
}

/** Two weeks of a busy root, some 40 MB of its store. */
export const EVENT_LIMITS: EventLimits = { keptMax: 100_000, keptMs: 14 * 24 * 3_600_000 }

/** A sentence, not a protocol. */
const TEXT_LENGTH_MAX = 500
/** Names of nodes that came at once, and the like. */
const LIST_LENGTH_MAX = 50

/** Events repeat what others wrote: descriptors, clusters, nodes. None of them may fill the store with one event. */
export function shortened(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text
}

export function shortenedList(texts: readonly string[]): readonly string[] {
  return texts.slice(0, LIST_LENGTH_MAX).map(shortened)
}
