import type { PeerItem } from '@oakestra/model'
import type { HeardFrom } from '@oakestra/net'
import { gatewayOf } from '../namespace-addresses.ts'
import { isSamePath, type Path } from './path.ts'

// Each is tried for some seconds: whoever is reached by none of these is given up for now.
const RELAYS_MAX = 8

export interface CandidateKnowledge {
  /** Where each node is reached that needs no other between: by id. */
  readonly ways: ReadonlyMap<string, Pick<Path, 'address' | 'port'>>
  readonly heard: readonly HeardFrom[]
  /** Nodes that said they reach it, and are themselves reached from here without another. */
  readonly relays: readonly string[]
}

/**
 * Every way to a node that may work, the most likely first: how its own probes come, for it has chosen a way that works; what is said of
 * it; then other nodes, in the same order for both ends, so that they meet at the same one. Pure.
 */
export function pathCandidates(item: PeerItem, { ways, heard, relays }: CandidateKnowledge): readonly Path[] {
  const gateway = gatewayOf(item.subnetV4)
  const relayBy = (via: string): readonly Path[] => {
    const way = ways.get(via)
    return way ? [{ kind: 'relay', via, ...way }] : []
  }
  const seen = heard.filter((each) => each.gateway === gateway).flatMap((each) => pathsOfHeard(item, each, ways, relayBy))
  const all = [...seen, saidPath(item), ...relays.toSorted().slice(0, RELAYS_MAX).flatMap(relayBy)]
  return all.filter((path, at) => all.findIndex((other) => isSamePath(path, other)) === at)
}

/** The way that the control plane says. */
export function saidPath({ endpoint: { address, port } }: PeerItem): Path {
  return { kind: 'said', address, port }
}

function pathsOfHeard(
  item: PeerItem,
  { address, port }: HeardFrom,
  ways: CandidateKnowledge['ways'],
  relayBy: (via: string) => readonly Path[],
): readonly Path[] {
  if (item.endpoint.address === address && item.endpoint.port === port) return [saidPath(item)]
  const [relay, way] = [...ways].find(([nodeId, each]) => nodeId !== item.nodeId && each.address === address) ?? []
  // Behind one address translator several nodes have one address: then it may be either.
  return [...(relay === undefined ? [] : relayBy(relay)), ...(way?.port === port ? [] : [{ kind: 'seen', address, port } as const])]
}
