import { OakError } from '@oakestra/base'
import type { Attachment, Peer, TunnelWay } from '../network.ts'
import {
  canonicalAddress,
  containsPrefix,
  FAMILIES,
  type Family,
  familyOf,
  gatewayOf,
  type Prefix,
  parsePrefix,
  prefixText,
} from './addresses.ts'
import { NETWORK_LIMITS } from './constants.ts'

/** Another node, with what of its claims nobody else has made before. */
export interface PlannedPeer {
  readonly nodeId: string
  readonly address: string
  readonly port: number
  /** It lives on this machine: the routing tables of both nodes are looked at by either's packets. */
  readonly isNearby: boolean
  readonly isTranslated: boolean
  /** Addresses that its packets may come from. */
  readonly speakers: readonly string[]
  /** Where its agent is asked. */
  readonly gateway: string
  readonly gatewayV6: string
  readonly trial?: TunnelWay
  readonly subnets: readonly string[]
  /** Addresses of its instances, IPv4 before IPv6. */
  readonly instances: Readonly<Record<Family, readonly string[]>>
}

export interface PeerSurroundings {
  readonly subnet: Readonly<Record<Family, Prefix>>
  readonly attachments: readonly Attachment[]
  /** Addresses of the machine itself. */
  readonly machine: readonly string[]
}

/**
 * Who has what among the peers. Contradictions between them are no error, for each learns of a move at another moment:
 * the first claim counts, and what is attached here before all claims.
 * @throws OakError `bad-request` for text that is no address, `conflict` for a node that is there twice, `limit-exceeded`
 */
export function settlePeers(peers: readonly Peer[], { subnet, attachments, machine }: PeerSurroundings): readonly PlannedPeer[] {
  const own = attachments.flatMap(({ instanceV4, instanceV6 }) => [instanceV4, instanceV6])
  const surroundings = [prefixText(subnet.v4), prefixText(subnet.v6), ...machine, '', ...own].join(' ')
  const before = known.get(peers)
  if (before?.surroundings === surroundings) return before.settled
  const settled = settle(peers, { subnet, machine, own })
  known.set(peers, { surroundings, settled })
  return settled
}

/** By the list itself, which is most times the same as before: a node plans anew for each change of one service. */
const known = new WeakMap<readonly Peer[], { readonly surroundings: string; readonly settled: readonly PlannedPeer[] }>()

type Claims = Omit<PeerSurroundings, 'attachments'> & { readonly own: readonly string[] }

function settle(peers: readonly Peer[], { subnet, machine, own: instances }: Claims): readonly PlannedPeer[] {
  checkPeers(peers)
  const taken = new Set(instances)
  const own = FAMILIES.map((family) => prefixText(subnet[family]))
  const claim = (text: string) => !taken.has(text) && taken.add(text) !== undefined
  const isForeign = (prefix: string) => !own.some((other) => containsPrefix(other, prefix) || containsPrefix(prefix, other))
  const settled = peers.map((peer) => {
    const [v4, v6] = [parsePrefix(peer.subnetV4, 'v4'), parsePrefix(peer.subnetV6, 'v6')]
    return samePeer(peer, {
      ...wayOf(peer, machine),
      gateway: gatewayOf(v4),
      gatewayV6: gatewayOf(v6),
      subnets: [prefixText(v4), prefixText(v6)].filter((prefix) => isForeign(prefix) && claim(prefix)),
      instances: {
        v4: peer.instances.map((instance) => canonicalAddress(instance.v4, 'v4')).filter(claim),
        v6: peer.instances.map((instance) => canonicalAddress(instance.v6, 'v6')).filter(claim),
      },
    })
  })
  return settled.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
}

function wayOf(peer: Peer, machine: readonly string[]): Omit<PlannedPeer, 'gateway' | 'gatewayV6' | 'subnets' | 'instances'> {
  const address = canonicalText(peer.address)
  const trial = peer.trial && { ...peer.trial, address: canonicalText(peer.trial.address) }
  return {
    nodeId: peer.nodeId,
    address,
    port: peer.port,
    isNearby: peer.isRelayed !== true && machine.includes(address),
    isTranslated: peer.isTranslated === true,
    speakers: [address, ...(peer.alsoFrom ?? []).map(canonicalText), ...(trial ? [trial.address] : [])],
    ...(trial && { trial }),
  }
}

const planned = new WeakMap<Peer, PlannedPeer>()

/** The object that was given for the peer before, when all that others may have claimed since is the same: what is made of it is, too. */
function samePeer(peer: Peer, now: PlannedPeer): PlannedPeer {
  const before = planned.get(peer)
  const isSame = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((text, at) => text === b[at])
  if (
    before?.isNearby === now.isNearby &&
    isSame(before.subnets, now.subnets) &&
    FAMILIES.every((family) => isSame(before.instances[family], now.instances[family]))
  ) {
    return before
  }
  planned.set(peer, now)
  return now
}

function canonicalText(address: string): string {
  return canonicalAddress(address, familyOf(address))
}

function checkPeers(peers: readonly Peer[]): void {
  const instances = peers.reduce((sum, peer) => sum + peer.instances.length, 0)
  if (peers.length > NETWORK_LIMITS.peers || instances > NETWORK_LIMITS.remoteInstances) {
    throw new OakError('limit-exceeded', `${peers.length} other nodes with ${instances} instances are more than the network can hold`)
  }
  if (new Set(peers.map(({ nodeId }) => nodeId)).size < peers.length)
    throw new OakError('conflict', 'a node is there twice among the peers')
  for (const { nodeId, port, trial } of peers) {
    const wrong = [port, trial?.port ?? port].find((each) => !Number.isInteger(each) || each < 1 || each > 65_535)
    if (wrong !== undefined) throw new OakError('bad-request', `${wrong} of node ${nodeId} is not a port`)
  }
}
