import type { DesiredInstance, InstanceSpec, Service } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import { type DocumentItem, instanceSpecSchema } from '@oakestra/wire'
import { QUIET_MS } from '../addresses/allocate.ts'
import { specBelow } from '../placement/instance-spec.ts'
import { withoutRejection } from '../placement/next-instance.ts'
import { withPlacesOf } from '../placement/places.ts'
import { instances, reports, services } from '../state/collections.ts'
import type { OperationContext } from '../state/operations-context.ts'
import { instancesOf } from '../state/operations-ownership.ts'
import { claimAddressing } from './claim-addressing.ts'
import { claimInstanceAddresses, claimServiceAddresses } from './claim-held.ts'
import { restoreInstance } from './restore-instance.ts'
import { unclaimed } from './unclaimed-instance.ts'
import type { UnknownDeps } from './unknown-deps.ts'

/**
 * Takes over what a cluster holds and this store knows nothing of: the store is from the past, or the cluster has joined anew. Absence
 * here is no order then (decision 10). Instances of known services are known again as they are; others are kept and listed for an
 * operator; and nobody else is given what any of them has, addresses, numbers and blocks of node subnets.
 */
export async function takeUnknownDocument(
  deps: UnknownDeps,
  writer: Writer,
  clusterId: string,
  items: readonly DocumentItem[],
): Promise<void> {
  const take = new Taking(deps, writer, clusterId)
  for (const item of items) await take.instance(item)
  // What instances have used up is not in stock any more.
  await claimAddressing(deps, writer, clusterId, items)
  take.tell()
}

class Taking {
  readonly #deps: UnknownDeps
  readonly #writer: Writer
  readonly #clusterId: string
  readonly #operation: OperationContext
  /** By service, as they are in the course of this. */
  readonly #siblings = new Map<string, DesiredInstance[]>()
  readonly #counts = { restored: 0, unclaimed: 0, unreadable: 0 }

  constructor(deps: UnknownDeps, writer: Writer, clusterId: string) {
    this.#deps = deps
    this.#writer = writer
    this.#clusterId = clusterId
    this.#operation = { ids: deps.ids, nowMs: deps.clock.wallMs(), quietMs: QUIET_MS }
  }

  tell(): void {
    const { restored, unclaimed: kept, unreadable } = this.#counts
    if (restored + kept + unreadable === 0) return
    this.#deps.logger.warn('a cluster has instances that were not known here', { cluster: this.#clusterId, ...this.#counts })
  }

  async instance(item: DocumentItem): Promise<void> {
    if (item.kind !== 'instance') return
    // What is known of it here holds, also that it is to be gone.
    if (await this.#deps.outbox.entry(this.#writer, this.#clusterId, item.id)) return
    const spec = instanceSpecSchema.safeParse(item.body)
    if (!spec.success || spec.data.instanceId !== item.id) {
      // Kept, for whoever can read it: a newer root may have written it.
      await this.#deps.outbox.put(this.#writer, this.#clusterId, item)
      this.#counts.unreadable += 1
      return
    }
    const known = await this.#writer.get(instances, item.id)
    if (known) await this.#knownElsewhere(known, spec.data)
    else await this.#unknown(spec.data)
  }

  /** It has moved since the backup, or this cluster has a store from the past: the copy with the higher term is meant. */
  async #knownElsewhere(known: DesiredInstance, spec: InstanceSpec): Promise<void> {
    const service = await this.#writer.get(services, known.serviceId)
    if (known.removing || !service || !(await this.#isNewer(known, spec))) return
    const { leaving: _leaving, placementNote: _note, ...rest } = withoutRejection(known)
    const instance = withPlacesOf(service, { ...rest, clusterId: this.#clusterId, term: Math.max(spec.term, known.term ?? 0) }, spec)
    await this.#leave(known.clusterId, known.id)
    this.#deps.stage(instance)
    await this.#writer.put(instances, instance)
    const body = specBelow(service, instance)
    await this.#deps.outbox.put(this.#writer, this.#clusterId, { id: known.id, kind: 'instance', body })
    this.#counts.restored += 1
  }

  async #isNewer({ id, clusterId, term = 0 }: DesiredInstance, spec: InstanceSpec): Promise<boolean> {
    if (clusterId === undefined || clusterId === this.#clusterId) return true
    if (spec.term !== term) return spec.term > term
    // Placed anew by a store that knew of no place, and nothing was heard of it there: this one is older and runs.
    return (await this.#writer.get(reports, id))?.clusterId !== clusterId
  }

  async #unknown(spec: InstanceSpec): Promise<void> {
    const other = await this.#writer.get(unclaimed, spec.instanceId)
    if (other && other.clusterId !== this.#clusterId && other.spec.term >= spec.term) return
    if (other) await this.#leave(other.clusterId, spec.instanceId)
    const service = await this.#writer.get(services, spec.serviceId)
    if (service && (await this.#restore(service, spec))) {
      await this.#writer.remove(unclaimed, spec.instanceId)
      this.#counts.restored += 1
      return
    }
    await this.#keep(spec, service?.addresses)
  }

  async #restore(service: Service, spec: InstanceSpec): Promise<boolean> {
    const siblings = this.#siblings.get(service.id) ?? [...(await instancesOf(this.#writer, service.id))]
    this.#siblings.set(service.id, siblings)
    const restoring = { service, spec, siblings, clusterId: this.#clusterId, operation: this.#operation }
    return restoreInstance(this.#writer, this.#deps, restoring)
  }

  async #keep(held: InstanceSpec, known: InstanceSpec['serviceAddresses'] | undefined): Promise<void> {
    const { instanceId, serviceId } = held
    const addresses = await claimInstanceAddresses(this.#writer, held, this.#operation)
    const serviceAddresses = known ?? (await this.#serviceAddresses(held))
    const spec = { ...held, addresses, serviceAddresses }
    const record = { instanceId, serviceId, clusterId: this.#clusterId, spec, seenAtMs: this.#operation.nowMs }
    await this.#writer.put(unclaimed, record)
    await this.#deps.outbox.put(this.#writer, this.#clusterId, { id: instanceId, kind: 'instance', body: spec })
    this.#counts.unclaimed += 1
  }

  /** All instances of a service have the same ones, also where they had to be exchanged. */
  async #serviceAddresses(held: InstanceSpec): Promise<InstanceSpec['serviceAddresses']> {
    const [sibling] = await this.#writer.list(unclaimed, { index: 'serviceId', equals: held.serviceId, limit: 1 })
    return sibling ? sibling.spec.serviceAddresses : claimServiceAddresses(this.#writer, held, this.#operation)
  }

  /** What the other one says of it from now on is no news. */
  async #leave(clusterId: string | undefined, instanceId: string): Promise<void> {
    if (clusterId === undefined || clusterId === this.#clusterId) return
    await this.#deps.outbox.remove(this.#writer, clusterId, instanceId)
    const report = await this.#writer.get(reports, instanceId)
    if (report?.clusterId === clusterId) await this.#writer.remove(reports, instanceId)
  }
}
