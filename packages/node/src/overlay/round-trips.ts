import type { PeerStanding } from './service-views.ts'

// `reference/network.md` 10.8: three in a row. One may be lost, two may meet a burst.
const MISSES_MAX = 3
// Whatever delays an answer makes a round trip longer, never shorter: the lowest of the last ones is nearest to the truth.
const SAMPLES = 10

interface Record {
  readonly samples: number[]
  misses: number
}

/** What asking the other nodes has shown. */
export class RoundTrips {
  readonly #records = new Map<string, Record>()

  /** @returns true when that changes who is reachable */
  answered(nodeId: string, rttMs: number): boolean {
    const record = this.#of(nodeId)
    record.samples.push(rttMs)
    if (record.samples.length > SAMPLES) record.samples.shift()
    return this.#alive(record)
  }

  /** Its machine said that no agent is there: packets to its instances arrive all the same. */
  refused(nodeId: string): boolean {
    return this.#alive(this.#of(nodeId))
  }

  missed(nodeId: string): boolean {
    const record = this.#of(nodeId)
    record.misses += 1
    if (record.misses === MISSES_MAX) record.samples.length = 0
    return record.misses === MISSES_MAX
  }

  /** Forgets nodes that are not among these. */
  keep(nodeIds: ReadonlySet<string>): void {
    for (const nodeId of this.#records.keys()) if (!nodeIds.has(nodeId)) this.#records.delete(nodeId)
  }

  /** `undefined` for a node that was never asked. */
  standingOf(nodeId: string): PeerStanding | undefined {
    const record = this.#records.get(nodeId)
    if (!record) return undefined
    const isReachable = record.misses < MISSES_MAX
    return record.samples.length > 0 ? { isReachable, rttMs: Math.min(...record.samples) } : { isReachable }
  }

  #of(nodeId: string): Record {
    const record = this.#records.get(nodeId) ?? { samples: [], misses: 0 }
    this.#records.set(nodeId, record)
    return record
  }

  #alive(record: Record): boolean {
    const wasLost = record.misses >= MISSES_MAX
    record.misses = 0
    return wasLost
  }
}
