import type { InstanceAddresses, PeerItem } from '@oakestra/model'
import { type AdmittedClient, NETWORK_LIMITS } from '@oakestra/net'
import type { NetworkMember } from '../network-view.ts'

/** By whom isolated instances of this node may be connected to. */
export interface PlannedAdmissions {
  /** By instance; those that are not isolated are not among them. */
  readonly clients: ReadonlyMap<string, readonly AdmittedClient[]>
  /** By instance: that not everybody could be admitted who is to be, in a sentence. */
  readonly faults: ReadonlyMap<string, string>
}

/** Lists of clients of the last time, so that one that says the same stays the same object: the network reads it no second time. */
export class AdmissionMemory {
  #known = new Map<string, readonly AdmittedClient[]>()

  of(clients: ReadonlyMap<string, readonly AdmittedClient[]>): ReadonlyMap<string, readonly AdmittedClient[]> {
    const same = new Map([...clients].map(([key, list]) => [key, keptWhere(this.#known.get(key), list)]))
    this.#known = same
    return same
  }
}

/** Services that must be known here for isolated instances to know whom they admit. */
export function servicesOfInterest(members: readonly NetworkMember[]): readonly string[] {
  return [...new Set(members.flatMap(({ local }) => local.spec.admits ?? []))]
}

/**
 * Who may connect to isolated instances: every instance of the services that they admit, as soon as it has a place, so that it is admitted
 * before its first packet comes. Whoever is not known gets no further. Pure, but for a memory that saves work.
 */
export function planAdmissions(
  members: readonly NetworkMember[],
  peers: readonly PeerItem[],
  memory: AdmissionMemory = new AdmissionMemory(),
): PlannedAdmissions {
  const isolated = members.filter(({ local }) => local.attached && local.spec.admits !== undefined)
  if (isolated.length === 0) return { clients: memory.of(new Map()), faults: new Map() }
  const elsewhere = instancesByService(peers)
  const here = membersByService(members)
  const lists = new Map<string, readonly AdmittedClient[]>()
  const faults = new Map<string, string>()
  let room: number = NETWORK_LIMITS.admittedOnNode
  for (const { local } of isolated) {
    const all = distinct((local.spec.admits ?? []).flatMap((id) => [...(here.get(id) ?? []), ...(elsewhere.get(id) ?? [])]))
    const clients = all.slice(0, Math.min(room, NETWORK_LIMITS.admitted))
    room -= clients.length
    lists.set(local.id, clients)
    if (clients.length < all.length)
      faults.set(local.id, `it admits the first ${clients.length} of ${all.length} instances, for more are too many`)
  }
  return { clients: memory.of(lists), faults }
}

type ByService = ReadonlyMap<string, readonly InstanceAddresses[]>

/** Made once for the same list, which is most times the same as before. */
const knownElsewhere = new WeakMap<readonly PeerItem[], ByService>()

function instancesByService(peers: readonly PeerItem[]): ByService {
  const known = knownElsewhere.get(peers)
  if (known) return known
  const found = new Map<string, InstanceAddresses[]>()
  for (const { instances } of peers)
    for (const { serviceId, v4, v6 } of instances) if (serviceId !== undefined) add(found, serviceId, { v4, v6 })
  knownElsewhere.set(peers, found)
  return found
}

function membersByService(members: readonly NetworkMember[]): ByService {
  const found = new Map<string, InstanceAddresses[]>()
  for (const { local } of members) {
    const { serviceId, addresses } = local.spec
    if (local.attached) add(found, serviceId, { v4: addresses.v4, v6: addresses.v6 })
  }
  return found
}

function add(lists: Map<string, InstanceAddresses[]>, serviceId: string, instance: InstanceAddresses): void {
  const list = lists.get(serviceId)
  if (list) list.push(instance)
  else lists.set(serviceId, [instance])
}

/** Each once, in a stable order. One that moves is for a while on two nodes. */
function distinct(clients: readonly AdmittedClient[]): readonly AdmittedClient[] {
  const byAddress = new Map(clients.map((client) => [client.v4, client]))
  return [...byAddress.values()].toSorted((a, b) => (a.v4 < b.v4 ? -1 : 1))
}

function keptWhere(before: readonly AdmittedClient[] | undefined, now: readonly AdmittedClient[]): readonly AdmittedClient[] {
  const isSame = before?.length === now.length && now.every(({ v4, v6 }, at) => v4 === before[at]?.v4 && v6 === before[at]?.v6)
  return before && isSame ? before : now
}
