import type { ServiceAddress, ServiceTable, TableInstance } from '@oakestra/model'
import type { NetworkMember } from '../network-view.ts'
import type { Candidate } from './policies/policy.ts'

/** How another node does, as seen from here. */
export interface PeerStanding {
  /** Lowest round trip of late, in milliseconds; absent before the first answer. */
  readonly rttMs?: number
  /** False while it does not answer. */
  readonly isReachable: boolean
}

/** What a service's balancing follows from. */
export interface ServiceView {
  readonly serviceId: string
  readonly addresses: readonly ServiceAddress[]
  /** Where new connections may go, in the order of numbers. */
  readonly candidates: readonly Candidate[]
  /** Alive, and not to get new connections now: not ready, or on a node that does not answer. */
  readonly others: readonly Candidate[]
}

export interface Surroundings {
  readonly ownNodeId: string
  /** The other node behind an instance address (IPv4), for those that there is a way to. */
  readonly nodeOf: ReadonlyMap<string, string>
  /** Absent: never asked, and taken for reachable. */
  readonly standingOf: (nodeId: string) => PeerStanding | undefined
  /** An instance (IPv4 address) of this node or a peer that is about to end, as the node itself says. */
  readonly isLeaving?: (nodeId: string, v4: string) => boolean
  /** Those of a service, also when its table does not name them any more. */
  readonly endingOf?: (serviceId: string) => readonly TableInstance[]
}

interface Known extends Candidate {
  readonly isReady: boolean
  readonly isReachable: boolean
}

/** What a service's balancing follows from. What runs here is known from here (`members`), whatever the table says. */
export function serviceView(
  surroundings: Surroundings,
  serviceId: string,
  table: ServiceTable | undefined,
  members: readonly NetworkMember[],
): ServiceView {
  const { ownNodeId, isLeaving = () => false, endingOf } = surroundings
  const isEnding = ({ local, running }: NetworkMember) => !running && isLeaving(ownNodeId, local.spec.addresses.v4)
  const here = members.filter((member) => member.local.attached && (member.running || isEnding(member)))
  const own = here.map((member) => ownInstance(surroundings, member))
  const taken = new Set(own.map(({ v4 }) => v4))
  // What is begun with one that ends is brought to its end, also when its table does not name it any more.
  const named = [...(table?.instances ?? []), ...(endingOf?.(serviceId) ?? [])]
  const all = [...own, ...remoteInstances(surroundings, named).filter(({ v4 }) => !taken.has(v4))]
  const inOrder = all.toSorted((a, b) => a.number - b.number || (a.instanceId < b.instanceId ? -1 : 1))
  const ending = new Set(members.filter(isEnding).map(({ local }) => local.spec.addresses.v4))
  const candidates = bestOf(inOrder.filter(({ nodeId, v4, isHere }) => !(isHere ? ending.has(v4) : isLeaving(nodeId, v4))))
  const others = candidates.length === inOrder.length ? [] : inOrder.filter((each) => !candidates.includes(each))
  return { serviceId, addresses: addressesOf(table, members), candidates, others }
}

/** Those that are ready and can be reached; without any, those that are ready; else all: a slow answer is better than none. */
function bestOf(known: readonly Known[]): readonly Known[] {
  const ready = known.filter(({ isReady }) => isReady)
  const best = ready.filter(({ isReachable }) => isReachable)
  if (best.length > 0) return best
  return ready.length > 0 ? ready : known
}

function addressesOf(table: ServiceTable | undefined, members: readonly NetworkMember[]): readonly ServiceAddress[] {
  const all = [...members.flatMap(({ local }) => local.spec.serviceAddresses), ...(table?.addresses ?? [])]
  return [...new Map(all.map((address) => [address.policy, address])).values()]
}

function ownInstance({ ownNodeId }: Surroundings, { local, ready }: NetworkMember): Known {
  const { instanceId, number, addresses } = local.spec
  const { v4, v6 } = addresses
  return { instanceId, number, v4, v6, nodeId: ownNodeId, isHere: true, isReady: ready, isReachable: true }
}

/** Those that there is a way to. Of two copies of one instance the one with the higher term is meant. */
function remoteInstances({ ownNodeId, nodeOf, standingOf }: Surroundings, instances: readonly TableInstance[]): readonly Known[] {
  const newest = new Map<string, TableInstance>()
  for (const instance of instances) {
    if (instance.nodeId === ownNodeId || !nodeOf.has(instance.v4)) continue
    if ((newest.get(instance.v4)?.term ?? -1) < instance.term) newest.set(instance.v4, instance)
  }
  return [...newest.values()].map(({ instanceId, number, v4, v6, nodeId, ready, load }) => {
    const standing = standingOf(nodeOf.get(v4) ?? nodeId)
    return {
      instanceId,
      number,
      v4,
      v6,
      nodeId,
      isHere: false,
      isReady: ready,
      isReachable: standing?.isReachable ?? true,
      ...(standing?.rttMs !== undefined && { rttMs: standing.rttMs }),
      ...(load !== undefined && { load }),
    }
  })
}
