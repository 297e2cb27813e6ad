import type { Clock, Timer } from '@oakestra/base'
import type { ClusterFacts } from '@oakestra/model'
import { Gather } from '@oakestra/session'

// Root decides better with fresh numbers, but a burst of placements is one piece of news.
const GATHER = { firstMs: 10, spacingMs: 100 }
/** While it is too early to say how nodes are: that time passes is all that may happen to one that does not come. */
const UNDECIDED_MS = 2_000

export interface FactsBoardOptions {
  readonly clock: Clock
  readonly facts: () => Promise<ClusterFacts>
  /** Told when what was sent last is no longer true. */
  readonly onChange: () => void
  readonly onFailure: (thrown: unknown) => void
}

/** What root is told of the cluster: sent when it differs from what was sent last, and not otherwise. */
export class FactsBoard {
  readonly #options: FactsBoardOptions
  readonly #gather: Gather
  #sent = ''
  #again: Timer | undefined

  constructor(options: FactsBoardOptions) {
    this.#options = options
    this.#gather = new Gather({ clock: options.clock, ...GATHER }, () => this.#look(), options.onFailure)
  }

  /** Something may have changed. */
  nudge(): void {
    this.#gather.nudge()
  }

  /** To be called by whoever sends: what it gives counts as sent. */
  async take(): Promise<ClusterFacts> {
    const facts = await this.#facts()
    this.#sent = JSON.stringify(facts)
    return facts
  }

  close(): void {
    this.#again?.cancel()
    this.#gather.close()
  }

  async #look(): Promise<void> {
    if (JSON.stringify(await this.#facts()) !== this.#sent) this.#options.onChange()
  }

  async #facts(): Promise<ClusterFacts> {
    const facts = await this.#options.facts()
    if (!facts.nodeStates) {
      this.#again ??= this.#options.clock.after(UNDECIDED_MS, () => {
        this.#again = undefined
        this.nudge()
      })
    }
    return facts
  }
}
