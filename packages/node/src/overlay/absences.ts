import type { Clock, Timer } from '@oakestra/base'
import type { PeerItem, ServiceTable } from '@oakestra/model'

// Until then the document says it as well, or whoever said it has said otherwise; a peer that is gone for good is not believed for ever.
const BELIEVED_MS = 10_000
// As many instances as a node has, for as many peers as one talks to at a time; what is more waits for its document.
const ABSENCES_MAX = 4_096

interface Absence {
  readonly nodeId: string
  readonly address: string
  readonly untilMs: number
}

/** Instances of peers that are about to end, by the peers' own word: they get no new connections. */
export class Absences implements Disposable {
  readonly #clock: Clock
  readonly #onOver: () => void
  readonly #known = new Map<string, Absence>()
  /** Those that the kernel leaves out. */
  #inKernel: ReadonlySet<string> = new Set()
  #timer: Timer | undefined

  /** @param onOver told when what was said may be too old to be believed */
  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  /**
   * Takes a peer's word for one of its own instances (IPv4 address).
   * @returns `news` when the kernel is to be changed for it, `done` when nothing is sent there anyway, `full` when it cannot be remembered
   */
  leave(nodeId: string, address: string, peers: readonly PeerItem[]): 'news' | 'done' | 'full' {
    const key = keyOf(nodeId, address)
    if (!hasInstance(peers, nodeId, address)) return 'done'
    if (this.#known.size >= ABSENCES_MAX && !this.#known.has(key)) return 'full'
    this.#known.set(key, { nodeId, address, untilMs: this.#clock.monotonicMs() + BELIEVED_MS })
    this.#timer ??= this.#clock.after(BELIEVED_MS, () => this.#isOver())
    return this.#inKernel.has(key) ? 'done' : 'news'
  }

  /** @returns true when there was something to take back */
  back(nodeId: string, address: string): boolean {
    return this.#known.delete(keyOf(nodeId, address))
  }

  has(nodeId: string, address: string): boolean {
    return this.#known.has(keyOf(nodeId, address))
  }

  /** What is over goes: the tables say it themselves by now, or it was long ago. @returns true when anything went */
  settle(tables: readonly ServiceTable[]): boolean {
    if (this.#known.size === 0) return false
    const ready = new Set(tables.flatMap(({ instances }) => instances.flatMap((each) => (each.ready ? [keyOf(each.nodeId, each.v4)] : []))))
    const nowMs = this.#clock.monotonicMs()
    const over = [...this.#known].filter(([key, { untilMs }]) => untilMs <= nowMs || (this.#inKernel.has(key) && !ready.has(key)))
    for (const [key] of over) this.#known.delete(key)
    return over.length > 0
  }

  /** What is known now is about to be in the kernel. @returns to be called when it is; gives those that are new there */
  planned(): () => readonly Absence[] {
    const planned = new Map(this.#known)
    return () => {
      const fresh = [...planned].flatMap(([key, absence]) => (this.#inKernel.has(key) ? [] : [absence]))
      this.#inKernel = new Set(planned.keys())
      return fresh
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel()
  }

  #isOver(): void {
    this.#timer = this.#known.size > 0 ? this.#clock.after(BELIEVED_MS, () => this.#isOver()) : undefined
    this.#onOver()
  }
}

function keyOf(nodeId: string, address: string): string {
  return `${nodeId} ${address}`
}

function hasInstance(peers: readonly PeerItem[], nodeId: string, address: string): boolean {
  return peers.some((peer) => peer.nodeId === nodeId && peer.instances.some(({ v4 }) => v4 === address))
}
