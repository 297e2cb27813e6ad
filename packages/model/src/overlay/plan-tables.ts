import type { ClusterTable, ForeignInterest, PeerItem, ServiceTable, TableInstance } from '../overlay.ts'
import { hash } from './hash.ts'
import type { OverlayWorld, Seat, WorldService } from './world.ts'

/** What one child is to be told, by the ids of services and nodes. */
export interface ChildKnowledge {
  readonly tables: ReadonlyMap<string, ClusterTable>
  readonly peers: ReadonlyMap<string, PeerItem>
  readonly interests: ReadonlyMap<string, ForeignInterest>
}

/**
 * Whom the plan is for: `node`, with everything it reads in its tables; or `cluster`, which knows its own instances itself, and is told
 * for whom else its nodes are peers.
 */
export type ChildLevel = 'node' | 'cluster'

/**
 * Instances in one table: its text stays far below one message. Of more, each child is told others, so that all of them get
 * their share; every one of them is reached under its own address all the same, for peers are told without a limit.
 */
export const TABLE_INSTANCES_MAX = 1_000

/** Everything that a child is to know now. Pure: the same world gives the same text. */
export function planTables(world: OverlayWorld, childId: string, level: ChildLevel): ChildKnowledge {
  const own = new Set(world.nodesOf(childId))
  const wanted = new Set<string>()
  const served = new Set<string>()
  const peerIds = new Set<string>()
  for (const nodeId of own) {
    for (const serviceId of world.interestsOf(nodeId)) wanted.add(serviceId)
    for (const { serviceId } of world.seatsOn(nodeId)) served.add(serviceId)
    if (level === 'node') for (const other of world.relayPeersOf(nodeId)) peerIds.add(other)
  }
  const interests = new Map<string, ForeignInterest>()
  for (const serviceId of wanted) for (const { nodeId } of world.seatsOf(serviceId)) if (!own.has(nodeId)) peerIds.add(nodeId)
  for (const serviceId of served) {
    const foreign = [...world.interestedIn(serviceId)].filter((nodeId) => !own.has(nodeId))
    for (const nodeId of foreign) peerIds.add(nodeId)
    if (level === 'cluster' && foreign.length > 0) interests.set(serviceId, { serviceId, nodeIds: foreign.sort() })
  }
  return { tables: tablesOf(world, wanted, { childId, level, own }), peers: peersOf(world, peerIds), interests }
}

interface Reader {
  readonly childId: string
  readonly level: ChildLevel
  readonly own: ReadonlySet<string>
}

function tablesOf(world: OverlayWorld, serviceIds: Iterable<string>, reader: Reader): ReadonlyMap<string, ClusterTable> {
  const tables = new Map<string, ClusterTable>()
  for (const serviceId of serviceIds) {
    const service = world.service(serviceId)
    if (service)
      tables.set(
        serviceId,
        world.memo.table(serviceId, memoKey(world, serviceId, reader), () => tableOf(world, service, reader)),
      )
  }
  return tables
}

/** Nodes are told the same, unless it is too much for one table; clusters are told what they do not have. */
function memoKey(world: OverlayWorld, serviceId: string, { childId, level }: Reader): string {
  return level === 'node' && world.sizeOf(serviceId) <= TABLE_INSTANCES_MAX ? '' : childId
}

function tableOf(world: OverlayWorld, service: WorldService, { childId, level, own }: Reader): ClusterTable {
  const { serviceId, applicationId, name, addresses, prefetch } = service
  const seats = [...world.seatsOf(serviceId)].filter(({ running, nodeId }) => running && (level === 'node' || !own.has(nodeId)))
  const instances = chosenFor(childId, seats)
    .map((seat) => instanceOf(seat, loadOf(world, seat)))
    .sort(byNumber)
  const table: ServiceTable = { serviceId, applicationId, name, addresses, instances }
  return level === 'cluster' && prefetch ? { ...table, prefetch } : table
}

/** Loads change often; only those are told that somebody chooses by. */
function loadOf(world: OverlayWorld, { serviceId, nodeId, load }: Seat): number | undefined {
  return world.isChosenByLoad(serviceId) ? (world.loadOf(nodeId) ?? load) : undefined
}

function instanceOf({ instanceId, number, v4, v6, nodeId, ready, term }: Seat, load: number | undefined): TableInstance {
  return { instanceId, number, v4, v6, nodeId, ready, term, ...(load !== undefined && { load }) }
}

function byNumber(one: TableInstance, other: TableInstance): number {
  return one.number - other.number || (one.instanceId < other.instanceId ? -1 : 1)
}

/** Those with the lowest chance value of this child: one that comes or goes moves no other. */
function chosenFor(childId: string, seats: readonly Seat[]): readonly Seat[] {
  if (seats.length <= TABLE_INSTANCES_MAX) return seats
  const ranked = seats.map((seat) => ({ seat, rank: hash(`${childId} ${seat.instanceId}`) }))
  return ranked
    .sort((one, other) => one.rank - other.rank)
    .slice(0, TABLE_INSTANCES_MAX)
    .map(({ seat }) => seat)
}

function peersOf(world: OverlayWorld, nodeIds: Iterable<string>): ReadonlyMap<string, PeerItem> {
  const peers = new Map<string, PeerItem>()
  for (const nodeId of nodeIds) {
    const node = world.node(nodeId)
    const reach = node?.reach
    if (!reach) continue
    const make = () => ({ nodeId, ...reach, instances: node.instances ?? addressesOn(world, nodeId) })
    peers.set(nodeId, world.memo.peer(nodeId, make))
  }
  return peers
}

function addressesOn(world: OverlayWorld, nodeId: string): PeerItem['instances'] {
  return [...world.seatsOn(nodeId)]
    .sort((one, other) => (one.instanceId < other.instanceId ? -1 : 1))
    .map(({ v4, v6, serviceId }) => ({ v4, v6, serviceId }))
}
