import type { Clock } from '@oakestra/base'

// What a peer says that it has understood is in its kernel: some tens of milliseconds, and several times that on a busy machine.
const AGAIN_MS = 100
// A peer that is this late is in trouble of its own: nobody is kept from ending for its sake.
const PATIENCE_MS = 3_000
// What was begun with an instance before is not cut off while it ends; what hangs on one that stays away is, so that clients notice.
const ENDING_MS = 10_000

export interface FarewellDeps {
  readonly clock: Clock
  /** Peers that answer, and can be told something. */
  readonly peers: () => readonly string[]
  /** Tells a peer of an instance (its IPv4 address) that is to get no new connections, or gets them again. */
  readonly send: (nodeId: string, word: 'leave' | 'back', address: string) => void
}

/**
 * Says to peers that an instance here is about to end, and waits until they have taken it out of their kernels. Their documents say the
 * same, later: over clusters and root, each of which may be busy or away.
 */
export class Farewells {
  readonly #deps: FarewellDeps
  /** By address: the peers that have understood, and when it began. */
  readonly #leaving = new Map<string, { readonly understood: Set<string>; readonly sinceMs: number }>()

  constructor(deps: FarewellDeps) {
    this.#deps = deps
  }

  /** From now on an instance here is about to end. */
  begin(address: string): void {
    this.#leaving.set(address, { understood: new Set(), sinceMs: this.#deps.clock.monotonicMs() })
  }

  /** True while an instance here is about to end, or has ended a moment ago. */
  has(address: string): boolean {
    const { sinceMs } = this.#leaving.get(address) ?? {}
    return sinceMs !== undefined && this.#deps.clock.monotonicMs() - sinceMs < ENDING_MS
  }

  /** Resolves when every peer that answers sends nothing new there, or it is no use to wait any longer. */
  async say(address: string, signal: AbortSignal): Promise<void> {
    const { clock, peers } = this.#deps
    if (!this.#leaving.has(address)) this.begin(address)
    const endMs = clock.monotonicMs() + PATIENCE_MS
    for (;;) {
      const understood = this.#leaving.get(address)?.understood
      const missing = understood ? peers().filter((nodeId) => !understood.has(nodeId)) : []
      if (missing.length === 0 || clock.monotonicMs() >= endMs) return
      for (const nodeId of missing) this.#deps.send(nodeId, 'leave', address)
      await clock.sleep(AGAIN_MS, signal)
    }
  }

  /** A peer has taken it out of its kernel. */
  understood(nodeId: string, address: string): void {
    this.#leaving.get(address)?.understood.add(nodeId)
  }

  /** To be called with what is here now: what ended in between and works again gets connections again. */
  follow(instances: readonly { readonly address: string; readonly ready: boolean }[]): void {
    const here = new Map(instances.map(({ address, ready }) => [address, ready]))
    for (const address of this.#leaving.keys()) {
      if (here.get(address) === false) continue
      this.#leaving.delete(address)
      // What is not here any more is spoken for by whoever has it now.
      if (here.has(address)) for (const nodeId of this.#deps.peers()) this.#deps.send(nodeId, 'back', address)
    }
  }
}
