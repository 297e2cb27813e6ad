import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import type { Cluster } from '@oakestra/model'
import type { Store, Writer } from '@oakestra/store'
import { clusterFactsSchema, parseWire } from '@oakestra/wire'
import type { ClusterRoom } from '../placement/cluster-room.ts'
import { clusters } from '../state/collections.ts'

export interface ClusterRegistryDeps {
  readonly store: Store
  readonly room: ClusterRoom
  readonly ids: IdGenerator
  readonly clock: Clock
  readonly connected: () => ReadonlySet<string>
}

/** Which clusters belong to this root and what they said they are. */
export class ClusterRegistry {
  readonly #deps: ClusterRegistryDeps

  constructor(deps: ClusterRegistryDeps) {
    this.#deps = deps
  }

  /**
   * Takes in a cluster that joins. The same name is the same cluster, as upstream has it. `reference/orchestration.md` 5.1.
   * @throws OakError `conflict` when a cluster of this name is connected
   */
  async enlist(writer: Writer, name: string): Promise<string> {
    const [known] = await writer.list(clusters, { index: 'name', equals: name })
    if (known && this.#deps.connected().has(known.id)) {
      throw new OakError('conflict', `a cluster named ${name} is connected already; give this one another name`)
    }
    if (known) return known.id
    const cluster: Cluster = { id: this.#deps.ids.next(), name, location: '', createdAtMs: this.#deps.clock.wallMs() }
    await writer.put(clusters, cluster)
    return cluster.id
  }

  /** True for a cluster that has not been removed. */
  async isWelcome(clusterId: string): Promise<boolean> {
    return (await this.#deps.store.read((reader) => reader.get(clusters, clusterId))) !== undefined
  }

  async noteFacts(clusterId: string, value: unknown, address?: string): Promise<void> {
    const facts = parseWire(clusterFactsSchema, value, "a cluster's facts")
    const lastSeenAtMs = this.#deps.clock.wallMs()
    await this.#change(clusterId, (cluster) => ({
      ...cluster,
      location: facts.location,
      facts,
      lastSeenAtMs,
      ...(address !== undefined && { address: hostOf(address) }),
    }))
  }

  async noteGone(clusterId: string): Promise<void> {
    await this.#change(clusterId, (cluster) => ({ ...cluster, lastSeenAtMs: this.#deps.clock.wallMs() }))
  }

  /** The scheduler's view moves before the commit is told, so that whoever is nudged by it sees the new room. */
  async #change(clusterId: string, change: (cluster: Cluster) => Cluster): Promise<void> {
    await this.#deps.store.write(async (writer) => {
      const cluster = await writer.get(clusters, clusterId)
      if (!cluster) throw new OakError('forbidden', 'this cluster no longer belongs to root')
      const next = change(cluster)
      await writer.put(clusters, next)
      this.#deps.room.note(next)
    })
  }
}

/** `host:port` without its port; brackets of an IPv6 address fall away. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}
