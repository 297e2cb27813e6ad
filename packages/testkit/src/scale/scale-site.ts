import type { MemoryNetwork } from '@oakestra/session/testing'
import type { ClusterUnit, NodeUnit } from '../units.ts'
import type { HopTraffic, Traffic } from './traffic.ts'

/** What can be seen of the clusters and nodes of one process from outside of it. */
export interface SiteView {
  /** Processes that run on nodes that live. */
  readonly alive: number
  /** Starts of processes, on any node, ever. */
  readonly starts: number
  /** Clusters and nodes all have their parents. */
  readonly isConnected: boolean
  readonly clusterHop: HopTraffic
  readonly nodeHop: HopTraffic
}

export interface SiteParts {
  readonly clusters: readonly ClusterUnit[]
  readonly network: MemoryNetwork
  readonly traffic: Traffic
}

/** The clusters of one process, with all their nodes. */
export class ScaleSite {
  readonly #parts: SiteParts
  readonly #nodes: readonly NodeUnit[]
  readonly #dead = new Set<string>()

  constructor(parts: SiteParts) {
    this.#parts = parts
    this.#nodes = parts.clusters.flatMap(({ nodes }) => nodes)
  }

  view(): SiteView {
    const living = this.#nodes.filter(({ id }) => !this.#dead.has(id))
    return {
      alive: living.reduce((sum, { machine }) => sum + machine.running().length, 0),
      starts: this.#nodes.reduce((sum, { machine }) => sum + machine.starts.length, 0),
      isConnected: this.#parts.clusters.every(({ unit }) => unit.running.connected) && living.every(({ unit }) => unit.running.connected),
      clusterHop: { ...this.#parts.traffic.clusters },
      nodeHop: { ...this.#parts.traffic.nodes },
    }
  }

  /** So many nodes, evenly of all clusters, are without power from now on. Gives their ids. */
  kill(count: number): readonly string[] {
    const { clusters } = this.#parts
    const step = this.#nodes.length / count
    const victims = Array.from({ length: Math.min(count, this.#nodes.length - clusters.length) }, (_, index) => {
      return this.#nodes[Math.floor(index * step)]
    }).filter((victim) => victim !== undefined)
    for (const victim of victims) this.#cutOff(victim)
    return victims.map(({ id }) => id)
  }

  #cutOff({ id, unit }: NodeUnit): void {
    const { network } = this.#parts
    this.#dead.add(id)
    network.strand(id)
    network.cut(id)
    unit.fence.kill()
    void unit.stop().catch(() => undefined)
  }
}
