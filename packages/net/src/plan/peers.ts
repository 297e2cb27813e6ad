import { OakError } from '@oakestra/base'
import type { Attachment, Peer } from '../network.ts'
import { canonicalAddress, containsPrefix, FAMILIES, type Family, familyOf, type Prefix, parsePrefix, prefixText } from './addresses.ts'
import { NETWORK_LIMITS } from './constants.ts'

/** Another node, with what of its claims nobody else has made before. */
export interface PlannedPeer {
  readonly nodeId: string
  readonly address: string
  readonly port: number
  /** It lives on this machine: the routing tables of both nodes are looked at by either's packets. */
  readonly isNearby: boolean
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
  checkPeers(peers)
  const taken = new Set(attachments.flatMap(({ instanceV4, instanceV6 }) => [instanceV4, instanceV6]))
  const own = FAMILIES.map((family) => prefixText(subnet[family]))
  const claim = (text: string) => !taken.has(text) && taken.add(text) !== undefined
  const isForeign = (prefix: string) => !own.some((other) => containsPrefix(other, prefix) || containsPrefix(prefix, other))
  const settled = peers.map((peer) => {
    const address = canonicalAddress(peer.address, familyOf(peer.address))
    const [v4, v6] = [parsePrefix(peer.subnetV4, 'v4'), parsePrefix(peer.subnetV6, 'v6')]
    return {
      nodeId: peer.nodeId,
      address,
      port: peer.port,
      isNearby: machine.includes(address),
      subnets: [prefixText(v4), prefixText(v6)].filter((prefix) => isForeign(prefix) && claim(prefix)),
      instances: {
        v4: peer.instances.map((instance) => canonicalAddress(instance.v4, 'v4')).filter(claim),
        v6: peer.instances.map((instance) => canonicalAddress(instance.v6, 'v6')).filter(claim),
      },
    }
  })
  return settled.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
}

function checkPeers(peers: readonly Peer[]): void {
  const instances = peers.reduce((sum, peer) => sum + peer.instances.length, 0)
  if (peers.length > NETWORK_LIMITS.peers || instances > NETWORK_LIMITS.remoteInstances) {
    throw new OakError('limit-exceeded', `${peers.length} other nodes with ${instances} instances are more than the network can hold`)
  }
  if (new Set(peers.map(({ nodeId }) => nodeId)).size < peers.length)
    throw new OakError('conflict', 'a node is there twice among the peers')
  for (const { nodeId, port } of peers) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new OakError('bad-request', `${port} of node ${nodeId} is not a port`)
  }
}
