import type { Readable } from 'node:stream'
import { OakError } from '@oakestra/base'
import type { ObservedInstance } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import type { OpenLogs, WireNode } from '@oakestra/wire'
import type { NodeOperations } from '../nodes/node-operations.ts'
import type { ClusterReports } from '../reports/cluster-reports.ts'
import { knownServices } from './known-services.ts'
import { LocalChanges, type LocalChangesDeps } from './local-changes.ts'
import { orders } from './orders.ts'
import { type OrderView, orderView, type ServiceView, serviceView } from './views.ts'

export interface LocalDeskDeps extends LocalChangesDeps {
  readonly reports: Pick<ClusterReports, 'observe'>
  readonly nodes: NodeOperations
  readonly openLogs: (request: Omit<OpenLogs, 'streamId'>) => Promise<Readable>
}

/** What can be seen and changed at a cluster itself, whether or not there is a root. */
export class LocalDesk {
  readonly changes: LocalChanges
  readonly #deps: LocalDeskDeps

  constructor(deps: LocalDeskDeps) {
    this.#deps = deps
    this.changes = new LocalChanges(deps)
  }

  /** Services that have instances here or were made here, by name. */
  services(): Promise<readonly ServiceView[]> {
    return this.#deps.store.read(async (reader) => {
      const views: ServiceView[] = []
      for (const service of await knownServices(reader)) {
        views.push(serviceView(service, await this.#observed(reader, service.instances)))
      }
      return views
    })
  }

  /** @throws OakError `not-found` */
  async service(id: string): Promise<ServiceView> {
    const found = (await this.services()).find((service) => service.id === id)
    if (!found) throw new OakError('not-found', 'there is no such service in this cluster')
    return found
  }

  /** Everything that root has not confirmed yet, or refused; the oldest first. */
  async orders(): Promise<readonly OrderView[]> {
    const all = await this.#deps.store.read((reader) => reader.list(orders))
    return all.toSorted((one, other) => one.createdAtMs - other.createdAtMs).map(orderView)
  }

  nodes(): readonly WireNode[] {
    return this.#deps.nodes.list()
  }

  /** Cordons, drains or labels a node. @throws OakError `bad-request`, `not-found` */
  changeNode(nodeId: string, change: unknown): Promise<WireNode> {
    return this.#deps.nodes.change({ ...(typeof change === 'object' && change), nodeId })
  }

  /** The log of an instance, NDJSON. @throws OakError `not-found`, `unavailable`, `deadline-exceeded` */
  async logs(serviceId: string, number: number, wish: Pick<OpenLogs, 'follow'> & Partial<Pick<OpenLogs, 'tail'>>): Promise<Readable> {
    const known = await this.#deps.store.read(knownServices)
    const instance = known.find(({ id }) => id === serviceId)?.instances.find((each) => each.number === number)
    if (!instance) throw new OakError('not-found', 'there is no such instance in this cluster')
    return this.#deps.openLogs({ instanceId: instance.id, ...wish })
  }

  async #observed(reader: Reader, instances: readonly { readonly id: string }[]): Promise<ReadonlyMap<string, ObservedInstance>> {
    const seen = new Map<string, ObservedInstance>()
    for (const { id } of instances) {
      const observed = await this.#deps.reports.observe(reader, id)
      if (observed) seen.set(id, observed)
    }
    return seen
  }
}
