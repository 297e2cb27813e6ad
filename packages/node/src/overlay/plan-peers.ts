import type { PeerItem, ServiceTable } from '@oakestra/model'
import type { Peer } from '@oakestra/net'
import { type PeerPath, samePeerPath } from './path.ts'

/** Other nodes, as the network is told of them. */
export interface PlannedPeers {
  readonly peers: readonly Peer[]
  /** The other node behind an instance address (IPv4). */
  readonly nodeOf: ReadonlyMap<string, string>
}

export interface PeersSinceLast extends PlannedPeers {
  /** Instances (IPv4) that another node is behind than the last time, or none now, or none then. `all` when nobody remembers. */
  readonly moved: ReadonlySet<string> | 'all'
}

interface SettledPeers extends PlannedPeers {
  readonly items: readonly PeerItem[]
  readonly isContested: boolean
}

type PathOf = (nodeId: string) => PeerPath | undefined

/** The peers of the last time, so that those that are as before are the same objects: the network reads them no second time. */
export class PeerMemory {
  #settled: SettledPeers | undefined
  readonly #onPath = new WeakMap<Peer, { readonly path: PeerPath; readonly peer: Peer }>()
  #peers: readonly Peer[] = []

  /** What comes out of it but for `moved` does not depend on the last time. */
  plan(items: readonly PeerItem[], ownNodeId: string, tables: readonly ServiceTable[], pathOf: PathOf = () => undefined): PeersSinceLast {
    const before = this.#settled
    // Who has what is contested depends on tables, too.
    const settled = before?.items === items && !before.isContested ? before : settle(items, ownNodeId, tables)
    const peers = settled.peers.map((peer) => this.#reached(peer, pathOf(peer.nodeId)))
    const isSame = peers.length === this.#peers.length && peers.every((peer, at) => peer === this.#peers[at])
    if (!isSame) this.#peers = peers
    this.#settled = settled
    return { peers: this.#peers, nodeOf: settled.nodeOf, moved: before ? movedBetween(before, settled) : 'all' }
  }

  #reached(peer: Peer, path: PeerPath | undefined): Peer {
    if (!path) return peer
    const known = this.#onPath.get(peer)
    if (known && samePeerPath(known.path, path)) return known.peer
    const reached = onPath(peer, path)
    this.#onPath.set(peer, { path, peer: reached })
    return reached
  }
}

const NOBODY: ReadonlySet<string> = new Set()

function movedBetween(before: SettledPeers, after: SettledPeers): ReadonlySet<string> | 'all' {
  if (before === after) return NOBODY
  if (before.isContested || after.isContested) return 'all'
  const [were, are] = [new Set(before.items), new Set(after.items)]
  const changed = [...before.items.filter((item) => !are.has(item)), ...after.items.filter((item) => !were.has(item))]
  const instances = changed.flatMap((item) => item.instances.map(({ v4 }) => v4))
  return new Set(instances.filter((v4) => before.nodeOf.get(v4) !== after.nodeOf.get(v4)))
}

/** By item: the same object for the same item, while nobody claims what another has. */
const knownPeers = new WeakMap<PeerItem, Peer>()

/**
 * The peers in a stable order. Each learns of a move at another moment, so two may have the same instance for a while: it
 * is told only of the one that the service's table names.
 */
function settle(items: readonly PeerItem[], ownNodeId: string, tables: readonly ServiceTable[]): SettledPeers {
  const others = items.filter(({ nodeId }) => nodeId !== ownNodeId).toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
  const { first, contested } = claimsOf(others)
  if (contested.size === 0) return { items, peers: others.map(knownPeer), nodeOf: first, isContested: false }
  const owners = ownersOf(contested, tables)
  const peers = others.map((item) => peerOf(item, (v4) => (owners.get(v4) ?? item.nodeId) === item.nodeId))
  return { items, peers, nodeOf: new Map([...first, ...owners]), isContested: true }
}

function knownPeer(item: PeerItem): Peer {
  const known = knownPeers.get(item) ?? peerOf(item)
  knownPeers.set(item, known)
  return known
}

function peerOf({ nodeId, subnetV4, subnetV6, endpoint, instances }: PeerItem, isOwn?: (v4: string) => boolean): Peer {
  const { translated, ...where } = endpoint
  const own = isOwn ? instances.filter(({ v4 }) => isOwn(v4)) : instances
  return { nodeId, ...where, subnetV4, subnetV6, instances: own, ...(translated && { isTranslated: true }) }
}

/** The peer as it is reached now. Its packets may still come from where it is said to be. */
function onPath(peer: Peer, { current, trial }: PeerPath): Peer {
  return {
    ...peer,
    address: current.address,
    port: current.port,
    alsoFrom: [peer.address],
    ...(current.kind === 'relay' && { isRelayed: true }),
    ...(current.kind === 'seen' && { isTranslated: true }),
    ...(trial && { trial: { address: trial.address, port: trial.port } }),
  }
}

interface InstanceClaims {
  /** By instance: the first node that claims it. */
  readonly first: ReadonlyMap<string, string>
  /** All of them, for instances that several claim. */
  readonly contested: ReadonlyMap<string, readonly string[]>
}

function claimsOf(items: readonly PeerItem[]): InstanceClaims {
  const first = new Map<string, string>()
  const contested = new Map<string, string[]>()
  for (const { nodeId, instances } of items) {
    for (const { v4 } of instances) {
      const other = first.get(v4)
      if (other === undefined) first.set(v4, nodeId)
      else contested.set(v4, [...(contested.get(v4) ?? [other]), nodeId])
    }
  }
  return { first, contested }
}

/** Of those that claim an instance, the one that has its newest copy. */
function ownersOf(contested: InstanceClaims['contested'], tables: readonly ServiceTable[]): Map<string, string> {
  const newest = new Map<string, { readonly nodeId: string; readonly term: number }>()
  for (const { instances } of tables) {
    for (const { v4, nodeId, term } of instances) {
      if (contested.get(v4)?.includes(nodeId) && (newest.get(v4)?.term ?? -1) < term) newest.set(v4, { nodeId, term })
    }
  }
  return new Map([...newest].map(([v4, { nodeId }]) => [v4, nodeId]))
}
