import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import { type Cluster, type ClusterFacts, jobName } from '@oakestra/model'
import { LIFE_DEFAULTS } from '@oakestra/sla'
import type { Reader, Store, Writer } from '@oakestra/store'
import { clusterFactsSchema, parseWire } from '@oakestra/wire'
import type { Actor } from '../accounts/actor.ts'
import { recordEvent, userActor } from '../events/record-event.ts'
import { storeAs } from '../events/recording-store.ts'
import type { ClusterRoom } from '../placement/cluster-room.ts'
import { clusters, instances, services } from '../state/collections.ts'
import { unclaimed } from '../unclaimed/unclaimed-instance.ts'

export interface ClusterRegistryDeps {
  readonly store: Store
  readonly room: ClusterRoom
  readonly ids: IdGenerator
  readonly clock: Clock
  readonly connected: () => ReadonlySet<string>
}

/** Looks at a cluster before it is changed, in the same section. */
export type ClusterGuard = (cluster: Cluster) => void

/** What operators may decide about a cluster. */
export interface ClusterStanding {
  readonly cordoned?: boolean | undefined
  readonly labels?: readonly string[] | undefined
}

/** Which clusters belong to this root and what they said they are. */
export class ClusterRegistry {
  readonly #deps: ClusterRegistryDeps

  constructor(deps: ClusterRegistryDeps) {
    this.#deps = deps
  }

  /**
   * Takes in a cluster that joins. The same name is the same cluster, as upstream has it. `reference/orchestration.md` 5.1.
   * @throws OakError `conflict` when a cluster of this name is connected, or is being removed
   */
  async enlist(writer: Writer, name: string): Promise<string> {
    const [known] = await writer.list(clusters, { index: 'name', equals: name })
    if (known && this.#deps.connected().has(known.id)) {
      throw new OakError('conflict', `a cluster named ${name} is connected already; give this one another name`)
    }
    if (known?.removing) throw new OakError('conflict', `the cluster ${name} is being removed; wait until it is gone, or take another name`)
    if (known) return known.id
    const cluster: Cluster = { id: this.#deps.ids.next(), name, location: '', createdAtMs: this.#deps.clock.wallMs() }
    await writer.put(clusters, cluster)
    return cluster.id
  }

  /** True for a cluster that has not been removed. */
  async isWelcome(clusterId: string): Promise<boolean> {
    return (await this.#deps.store.read((reader) => reader.get(clusters, clusterId))) !== undefined
  }

  /** `address` is given when it just connected. */
  async noteFacts(clusterId: string, value: unknown, address?: string): Promise<void> {
    const facts = parseWire(clusterFactsSchema, value, "a cluster's facts")
    const lastSeenAtMs = this.#deps.clock.wallMs()
    const host = address === undefined ? {} : { address: hostOf(address) }
    const connected = address === undefined ? undefined : (writer: Writer, cluster: Cluster) => recordConnection(writer, cluster, host)
    const noted = (cluster: Cluster) => ({ ...cluster, location: facts.location, facts: withStates(facts, cluster), lastSeenAtMs, ...host })
    await this.#change(clusterId, noted, connected)
  }

  /** @param reason one sentence: how its connection ended */
  async noteGone(clusterId: string, reason: string): Promise<void> {
    const lastSeenAtMs = this.#deps.clock.wallMs()
    await this.#change(
      clusterId,
      (cluster) => ({ ...cluster, lastSeenAtMs }),
      (writer, cluster) => recordEvent(writer, { kind: 'cluster.disconnected', ...aboutOf(cluster), reason }),
    )
  }

  /**
   * What an operator decides about it; what is absent stays.
   * @param guard throws where the cluster is not as the operator believes it to be
   * @throws OakError `not-found`, and what the guard throws
   */
  async setStanding(actor: Actor, clusterId: string, { cordoned, labels }: ClusterStanding, guard?: ClusterGuard): Promise<Cluster> {
    return storeAs(this.#deps.store, userActor(actor)).write(async (writer) => {
      const cluster = await this.#find(writer, clusterId)
      guard?.(cluster)
      const next = { ...cluster, ...(cordoned !== undefined && { cordoned }), ...(labels && { labels: [...new Set(labels)].sort() }) }
      return this.#put(writer, next)
    })
  }

  /**
   * Begins the end of a cluster: it gets nothing new, and what it has goes elsewhere. Asking again is no error.
   * @throws OakError `not-found`; `conflict` while it has instances that may not leave it, or that nobody is known to want
   */
  async beginRemoval(actor: Actor, clusterId: string, guard?: ClusterGuard): Promise<Cluster> {
    return storeAs(this.#deps.store, userActor(actor)).write(async (writer) => {
      const cluster = await this.#find(writer, clusterId)
      guard?.(cluster)
      await refuseWithUnclaimed(writer, cluster)
      await refuseWithSiteOnly(writer, cluster)
      return this.#put(writer, { ...cluster, cordoned: true, removing: true })
    })
  }

  async #find(reader: Reader, clusterId: string): Promise<Cluster> {
    const cluster = await reader.get(clusters, clusterId)
    if (!cluster) throw new OakError('not-found', 'there is no cluster of this id')
    return cluster
  }

  async #change(
    clusterId: string,
    change: (cluster: Cluster) => Cluster,
    record?: (writer: Writer, cluster: Cluster) => void,
  ): Promise<void> {
    await this.#deps.store.write(async (writer) => {
      const cluster = await writer.get(clusters, clusterId)
      if (!cluster) throw new OakError('forbidden', 'this cluster no longer belongs to root')
      await this.#put(writer, change(cluster))
      record?.(writer, cluster)
    })
  }

  /** The scheduler's view moves before the commit is told, so that whoever is nudged by it sees the new room. */
  async #put(writer: Writer, cluster: Cluster): Promise<Cluster> {
    await writer.put(clusters, cluster)
    this.#deps.room.note(cluster)
    return cluster
  }
}

function recordConnection(writer: Writer, cluster: Cluster, details: { readonly address?: string }): void {
  recordEvent(writer, { kind: 'cluster.connected', ...aboutOf(cluster), details })
}

function aboutOf({ id, name }: Cluster) {
  const object = { type: 'cluster', id, name } as const
  return { object, clusterId: id, actor: { kind: 'cluster', id, name } } as const
}

async function refuseWithUnclaimed(reader: Reader, { id, name }: Cluster): Promise<void> {
  const left = await reader.count(unclaimed, { index: 'clusterId', equals: id })
  if (left > 0) throw new OakError('conflict', `the cluster ${name} has ${left} unclaimed instances: adopt or drop them first`)
}

async function refuseWithSiteOnly(reader: Reader, { id, name }: Cluster): Promise<void> {
  const own = await reader.list(instances, { index: 'clusterId', equals: id })
  const serviceIds = new Set(own.filter((instance) => !instance.removing).map((instance) => instance.serviceId))
  for (const serviceId of serviceIds) {
    const service = await reader.get(services, serviceId)
    if (service && { ...LIFE_DEFAULTS, ...service.descriptor }.disconnect.siteOnly) {
      throw new OakError('conflict', `instances of ${jobName(service)} may not leave the cluster ${name} (site_only): undeploy them first`)
    }
  }
}

/** `host:port` without its port; brackets of an IPv6 address fall away. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}

/** A cluster that cannot say yet how its nodes are has not said that they are well. */
function withStates(facts: ClusterFacts, { facts: before }: Cluster): ClusterFacts {
  return facts.nodeStates || !before?.nodeStates ? facts : { ...facts, nodeStates: before.nodeStates }
}
