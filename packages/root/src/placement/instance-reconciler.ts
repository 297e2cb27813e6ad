import type { Clock } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import type { DesiredInstance, Rejection, Service } from '@oakestra/model'
import { type PolicyName, place } from '@oakestra/scheduler'
import type { Outbox } from '@oakestra/session'
import type { Store, Writer } from '@oakestra/store'
import { instances, reports, services } from '../state/collections.ts'
import { forgetInstance } from '../state/operations-instances.ts'
import type { ClusterRoom } from './cluster-room.ts'
import { instanceSpec } from './instance-spec.ts'

// A refused instance is tried again whenever a cluster tells of room; this is for what was missed.
const REFUSED_RECHECK_MS = 30_000

export interface InstanceReconcilerDeps {
  readonly store: Store
  readonly outbox: Outbox
  readonly room: ClusterRoom
  readonly connected: () => ReadonlySet<string>
  readonly policy: PolicyName
  readonly clock: Clock
}

/** Gives each desired instance a cluster, keeps the cluster's document true, and forgets what is gone everywhere. */
export class InstanceReconciler implements Reconciler {
  readonly #deps: InstanceReconcilerDeps

  constructor(deps: InstanceReconcilerDeps) {
    this.#deps = deps
  }

  async keys(): Promise<readonly string[]> {
    return this.#deps.store.read(async (reader) => (await reader.list(instances)).map((instance) => instance.id))
  }

  async reconcile(id: string): Promise<Outcome> {
    // Decision and document are one transaction: a crash leaves both or neither.
    return this.#deps.store.write(async (writer) => {
      const instance = await writer.get(instances, id)
      if (!instance) return { state: 'settled' }
      const service = await writer.get(services, instance.serviceId)
      if (!service || instance.removing) return this.#retire(writer, instance)
      if (instance.clusterId) return this.#handDown(writer, service, instance, instance.clusterId)
      return this.#place(writer, service, instance)
    })
  }

  async #place(writer: Writer, service: Service, instance: DesiredInstance): Promise<Outcome> {
    const { room, connected, policy } = this.#deps
    const spec = instanceSpec(service, instance)
    const result = place({ ...spec, tier: 'root' }, room.candidates(connected()), policy)
    if (!result.ok) return this.#refuse(writer, instance, result.rejection)
    const { rejection: _over, ...rest } = instance
    await writer.put(instances, { ...rest, clusterId: result.candidateId })
    const outcome = await this.#handDown(writer, service, instance, result.candidateId)
    const { generation } = await this.#deps.outbox.head(writer, result.candidateId)
    room.promise(result.candidateId, { generation, slotIndex: result.slotIndex, resources: spec.resources })
    return outcome
  }

  async #refuse(writer: Writer, instance: DesiredInstance, rejection: Rejection): Promise<Outcome> {
    const isNews = JSON.stringify(rejection) !== JSON.stringify(instance.rejection)
    if (isNews) await writer.put(instances, { ...instance, rejection })
    return { state: 'waiting', on: rejection.detail, recheckMs: REFUSED_RECHECK_MS }
  }

  async #handDown(writer: Writer, service: Service, instance: DesiredInstance, clusterId: string): Promise<Outcome> {
    const body = instanceSpec(service, instance)
    await this.#deps.outbox.put(writer, clusterId, { id: instance.id, kind: 'instance', body })
    return { state: 'settled' }
  }

  /** Orders it gone, and forgets it once its cluster has been seen without it. */
  async #retire(writer: Writer, instance: DesiredInstance): Promise<Outcome> {
    const { outbox, clock } = this.#deps
    if (instance.clusterId) {
      await outbox.remove(writer, instance.clusterId, instance.id)
      const ordered = await outbox.entry(writer, instance.clusterId, instance.id)
      if (ordered || (await writer.get(reports, instance.id))) return { state: 'settled' }
    }
    await forgetInstance(writer, instance.id, clock.wallMs())
    return { state: 'settled' }
  }
}
