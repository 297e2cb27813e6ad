import type { Clock } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import { type Liveness, type Outbox, outboxEntries } from '@oakestra/session'
import type { Store, Writer } from '@oakestra/store'
import { QUIET_MS } from '../addresses/allocate.ts'
import { releaseBlocks } from '../addresses/node-blocks.ts'
import { putAddressing } from '../orders/cluster-addressing.ts'
import { releaseStock } from '../orders/stock.ts'
import { forgetTaken } from '../orders/taken-orders.ts'
import { forgetOverlayOf } from '../overlay/overlay-records.ts'
import { clusters, instances, reports } from '../state/collections.ts'
import { unclaimed } from '../unclaimed/unclaimed-instance.ts'

// Its instances leave one by one; nobody tells when the last one did.
const REMOVAL_RECHECK_MS = 1_000

export interface ClusterReconcilerDeps {
  readonly store: Store
  readonly outbox: Outbox
  readonly liveness: Pick<Liveness, 'presence'>
  readonly clock: Clock
}

/** Gives each cluster addresses to give away while root is away, for nodes and for what is started there; and forgets removed ones. */
export class ClusterReconciler implements Reconciler {
  readonly #deps: ClusterReconcilerDeps

  constructor(deps: ClusterReconcilerDeps) {
    this.#deps = deps
  }

  async keys(): Promise<readonly string[]> {
    return this.#deps.store.read(async (reader) => (await reader.list(clusters)).map((cluster) => cluster.id))
  }

  async reconcile(clusterId: string): Promise<Outcome> {
    return this.#deps.store.write(async (writer) => {
      const cluster = await writer.get(clusters, clusterId)
      if (!cluster) return { state: 'settled' }
      return cluster.removing ? this.#remove(writer, clusterId) : this.#keep(writer, clusterId)
    })
  }

  async #keep(writer: Writer, clusterId: string): Promise<Outcome> {
    const { outbox, clock } = this.#deps
    await putAddressing(writer, outbox, clusterId, { nowMs: clock.wallMs(), quietMs: QUIET_MS })
    return { state: 'settled' }
  }

  /** Not before it has nothing any more, and, unless it is lost, was seen to have ended what it had. */
  async #remove(writer: Writer, id: string): Promise<Outcome> {
    const { liveness, outbox } = this.#deps
    const query = { index: 'clusterId', equals: id }
    const has = (await writer.count(instances, query)) + (await writer.count(unclaimed, query))
    const ending = liveness.presence(id) === 'lost' ? 0 : await writer.count(outboxEntries, { index: 'removedFor', equals: id })
    if (has + ending > 0) return { state: 'waiting', on: `${has + ending} instances to leave it`, recheckMs: REMOVAL_RECHECK_MS }
    for (const report of await writer.list(reports, { index: 'clusterId', equals: id })) await writer.remove(reports, report.instanceId)
    await outbox.dropChild(writer, id)
    await releaseBlocks(writer, id)
    await releaseStock(writer, id, this.#deps.clock.wallMs())
    await forgetTaken(writer, id)
    await forgetOverlayOf(writer, id)
    await writer.remove(clusters, id)
    return { state: 'settled' }
  }
}
