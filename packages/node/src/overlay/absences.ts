import type { Clock, Timer } from '@oakestra/base'
import type { PeerItem, ServiceTable, TableInstance } from '@oakestra/model'

// Until then the document says it as well, or whoever said it has said otherwise; a peer that is gone for good is not believed for ever.
const BELIEVED_MS = 10_000
// As many instances as a node has, for as many peers as one talks to at a time; what is more waits for its document.
const ABSENCES_MAX = 4_096

interface Absence {
  readonly nodeId: string
  readonly address: string
  /** As the table of its service said last; absent: no table named it. */
  readonly last: { readonly serviceId: string; readonly instance: TableInstance } | undefined
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
  leave(
    nodeId: string,
    address: string,
    { peers, tables }: { readonly peers: readonly PeerItem[]; readonly tables: readonly ServiceTable[] },
  ): 'news' | 'done' | 'full' {
    const key = keyOf(nodeId, address)
    if (!hasInstance(peers, nodeId, address)) return 'done'
    if (this.#known.size >= ABSENCES_MAX && !this.#known.has(key)) return 'full'
    const last = this.#known.get(key)?.last ?? lastSaid(tables, nodeId, address)
    this.#known.set(key, { nodeId, address, last, untilMs: this.#clock.monotonicMs() + BELIEVED_MS })
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

  /** Instances of a service that are about to end or have just ended, also those that its table does not name any more. */
  ofService(serviceId: string): readonly TableInstance[] {
    return [...this.#known.values()].flatMap(({ last }) => (last?.serviceId === serviceId ? [last.instance] : []))
  }

  /** What was said long ago goes. @returns true when anything went */
  settle(): boolean {
    const nowMs = this.#clock.monotonicMs()
    const over = [...this.#known].filter(([, { untilMs }]) => untilMs <= nowMs)
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

function lastSaid(tables: readonly ServiceTable[], nodeId: string, address: string): Absence['last'] {
  for (const { serviceId, instances } of tables) {
    const instance = instances.find((each) => each.nodeId === nodeId && each.v4 === address)
    if (instance) return { serviceId, instance }
  }
  return undefined
}

function hasInstance(peers: readonly PeerItem[], nodeId: string, address: string): boolean {
  return peers.some((peer) => peer.nodeId === nodeId && peer.instances.some(({ v4 }) => v4 === address))
}
