import type { Clock, Timer } from '@oakestra/base'
import type { SessionMessage } from '@oakestra/wire'
import type { Inbox } from './document/inbox.ts'
import { Gather } from './gather.ts'
import { inParts } from './parts.ts'

/** What a child sees of the items it was given. */
export interface ObservedSource {
  /** The ids of everything there is something to say about. */
  ids(): Promise<readonly string[]>
  /** What is seen of one item now; `undefined` when nothing of it is left. */
  get(id: string): Promise<unknown>
  /** Calls `listener` with the id of an item whose observation may have changed. Returns how to unsubscribe. */
  onChange(listener: (id: string) => void): () => void
}

// DESIGN 4 gathers for longer, but an instance on its way to running changes several times within its start, and each hop
// that gathers adds to the time until people see it run. At this distance a burst still becomes few messages.
const GATHER = { firstMs: 2, spacingMs: 25 }
// Everything is said again at this distance, in case a change was missed by a defect.
const REPORT_ALL_MS = 600_000

export interface ReporterOptions {
  readonly source: ObservedSource
  readonly inbox: Inbox
  readonly clock: Clock
  readonly send: (message: SessionMessage) => void
  /** Told when the world could not be looked at: what was said can no longer be relied on. */
  readonly onFailure: (thrown: unknown) => void
}

/** Tells the parent what is seen: everything at the start, then what changed, each with the generation it answers. */
export class Reporter {
  readonly #options: ReporterOptions
  readonly #gather: Gather
  readonly #said = new Map<string, string>()
  readonly #dirty = new Set<string>()
  #unsubscribe: () => void = () => undefined
  #all = true
  #generation = -1
  #timer: Timer | undefined
  #closed = false

  constructor(options: ReporterOptions) {
    this.#options = options
    this.#gather = new Gather({ clock: options.clock, ...GATHER }, () => this.#report(), options.onFailure)
  }

  start(): void {
    if (this.#closed) return
    this.#unsubscribe = this.#options.source.onChange((id) => {
      this.#dirty.add(id)
      this.#gather.nudge()
    })
    this.#reportAll()
  }

  /**
   * A new generation was taken in: the parent waits to hear what is seen under it, even if that is nothing new. A parent that sends
   * everything may only now know what it was told of before, and is told again.
   */
  generationChanged(mode: 'all' | 'change'): void {
    if (mode === 'all') this.#all = true
    this.#gather.nudge()
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe()
    this.#timer?.cancel()
    this.#gather.close()
  }

  #reportAll(): void {
    this.#all = true
    this.#gather.nudge()
    this.#timer = this.#options.clock.after(REPORT_ALL_MS, () => this.#reportAll())
  }

  async #report(): Promise<void> {
    const { source, inbox } = this.#options
    // The generation is read before the world is: an observation may know more than it claims, never less.
    const generation = (await inbox.head())?.generation ?? 0
    const all = this.#all
    const ids = all ? await source.ids() : [...this.#dirty]
    this.#all = false
    this.#dirty.clear()
    if (all) this.#said.clear()
    const change = await this.#changes(ids)
    if (this.#closed || (!all && change.put.length === 0 && change.gone.length === 0 && generation === this.#generation)) return
    this.#generation = generation
    this.#send(all ? 'all' : 'change', generation, change)
  }

  async #changes(ids: readonly string[]): Promise<{ put: unknown[]; gone: string[] }> {
    const put: unknown[] = []
    const gone: string[] = []
    for (const id of ids) {
      const seen = await this.#options.source.get(id)
      const text = seen === undefined ? undefined : JSON.stringify(seen)
      if (text === this.#said.get(id)) continue
      if (text === undefined) {
        this.#said.delete(id)
        gone.push(id)
      } else {
        this.#said.set(id, text)
        put.push(seen)
      }
    }
    return { put, gone }
  }

  #send(mode: 'all' | 'change', generation: number, change: { put: unknown[]; gone: string[] }): void {
    const parts = inParts(change.put)
    parts.forEach((put, index) => {
      const last = index === parts.length - 1
      this.#options.send({ type: 'observed', mode, generation, put: [...put], gone: last ? change.gone : [], more: !last })
    })
  }
}
