import type { Outcome, Reconciler } from '@oakestra/controller'
import type { Outbox } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import { claimBlocks } from '../addresses/node-blocks.ts'
import { clusters } from '../state/collections.ts'

/** Gives each cluster blocks of node subnets, so that it admits nodes while root is away. */
export class ClusterReconciler implements Reconciler {
  readonly #store: Store
  readonly #outbox: Outbox

  constructor(store: Store, outbox: Outbox) {
    this.#store = store
    this.#outbox = outbox
  }

  async keys(): Promise<readonly string[]> {
    return this.#store.read(async (reader) => (await reader.list(clusters)).map((cluster) => cluster.id))
  }

  async reconcile(clusterId: string): Promise<Outcome> {
    return this.#store.write(async (writer) => {
      const cluster = await writer.get(clusters, clusterId)
      if (!cluster) return { state: 'settled' }
      const body = await claimBlocks(writer, clusterId, cluster.facts?.activeNodes ?? 0)
      await this.#outbox.put(writer, clusterId, { id: 'addressing', kind: 'addressing', body })
      return { state: 'settled' }
    })
  }
}
