import type { Outcome, Reconciler } from '@oakestra/controller'
import type { InstanceSpec } from '@oakestra/model'
import { type PolicyName, place } from '@oakestra/scheduler'
import { inboxItems, type Outbox } from '@oakestra/session'
import type { Store, Writer } from '@oakestra/store'
import { instanceSpecSchema, parseWire } from '@oakestra/wire'
import type { Capacity } from './capacity.ts'
import type { ClusterReports } from './cluster-reports.ts'
import { nodeReports, type Placement, placements } from './state.ts'

// A refused instance is tried again whenever room changes; this is for what was missed.
const REFUSED_RECHECK_MS = 30_000

export interface PlacementDeps {
  readonly store: Store
  readonly outbox: Outbox
  readonly capacity: Capacity
  readonly reports: ClusterReports
  readonly connected: () => ReadonlySet<string>
  readonly policy: PolicyName
}

/** Gives each wanted instance a node, and each unwanted one its way out. */
export class PlacementReconciler implements Reconciler {
  readonly #deps: PlacementDeps

  constructor(deps: PlacementDeps) {
    this.#deps = deps
  }

  keys(): Promise<readonly string[]> {
    return this.#deps.reports.ids()
  }

  async reconcile(id: string): Promise<Outcome> {
    // The decision, its promise of resources and the node's document are one transaction.
    return this.#deps.store.write(async (writer) => {
      const item = await writer.get(inboxItems, id)
      const placement = await writer.get(placements, id)
      if (item?.kind !== 'instance') return this.#retire(writer, placement)
      const spec = parseWire(instanceSpecSchema, item.body, 'instance')
      if (placement) return this.#handDown(writer, spec, placement.nodeId)
      return this.#place(writer, spec)
    })
  }

  async #place(writer: Writer, spec: InstanceSpec): Promise<Outcome> {
    const { capacity, reports, connected, policy } = this.#deps
    const request = { ...spec, tier: 'cluster' } as const
    const result = place(request, capacity.candidates(connected()), policy)
    if (!result.ok) {
      reports.noteRefusal(spec.instanceId, result.rejection)
      return { state: 'waiting', on: result.rejection.detail, recheckMs: REFUSED_RECHECK_MS }
    }
    const { instanceId, resources, ports } = spec
    const placement = { instanceId, nodeId: result.candidateId, resources, ports }
    reports.noteRefusal(instanceId, undefined)
    capacity.stage(instanceId, placement)
    await writer.put(placements, placement)
    return this.#handDown(writer, spec, placement.nodeId)
  }

  async #handDown(writer: Writer, spec: InstanceSpec, nodeId: string): Promise<Outcome> {
    await this.#deps.outbox.put(writer, nodeId, { id: spec.instanceId, kind: 'instance', body: spec })
    return { state: 'settled' }
  }

  async #retire(writer: Writer, placement: Placement | undefined): Promise<Outcome> {
    if (!placement) return { state: 'settled' }
    const { outbox, capacity } = this.#deps
    const { instanceId, nodeId } = placement
    await outbox.remove(writer, nodeId, instanceId)
    const ordered = await outbox.entry(writer, nodeId, instanceId)
    const report = await writer.get(nodeReports, instanceId)
    if (ordered || report) return { state: 'settled' }
    capacity.stage(instanceId, undefined)
    await writer.remove(placements, instanceId)
    return { state: 'settled' }
  }
}
