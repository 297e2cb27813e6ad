import type { Clock } from '@oakestra/base'
import type { Samples } from '@oakestra/wire'

// More are not looked at one by one; those that were told of longest ago go first.
const KNOWN_MAX = 20_000

/** How busy a machine was when its cluster last told, or, without a node, the machines of a cluster on average. */
export interface LoadSample {
  readonly clusterId: string
  readonly nodeId?: string
  readonly cpuPercent: number
  readonly memoryPercent: number
  readonly timeMs: number
}

type Load = Pick<LoadSample, 'cpuPercent' | 'memoryPercent'>

/** The newest measurements of nodes and clusters: in memory, for they say nothing about what should be. */
export class LoadHistory {
  readonly #clock: Clock
  /** The one told of last is the last. */
  readonly #loads = new Map<string, LoadSample>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(clusterId: string, { cpuPercent, memoryPercent, nodes = {} }: Samples): void {
    const timeMs = this.#clock.wallMs()
    this.#put(clusterId, { clusterId, cpuPercent, memoryPercent, timeMs })
    for (const [nodeId, load] of Object.entries<Load>(nodes)) {
      this.#put(`${clusterId} ${nodeId}`, { clusterId, nodeId, cpuPercent: load.cpuPercent, memoryPercent: load.memoryPercent, timeMs })
    }
  }

  /** The newest of all that were told of after a time. */
  since(timeMs: number): readonly LoadSample[] {
    return [...this.#loads.values()].filter((load) => load.timeMs > timeMs)
  }

  #put(key: string, load: LoadSample): void {
    this.#loads.delete(key)
    this.#loads.set(key, load)
    const [oldest] = this.#loads.keys()
    if (this.#loads.size > KNOWN_MAX && oldest !== undefined) this.#loads.delete(oldest)
  }
}
