import { hash } from './hash.ts'
import type { WorldNode } from './world.ts'

// Two, so that one that does not reach the other end either does not matter.
const RELAYS_PER_PAIR = 2
// A pair is a broken link; where there are more of them at one time, something else is wrong, and work for all of them would make it worse.
const PAIRS_MAX = 64

/** By node: the other nodes that it has to know so that two that do not reach each other have a third between them. */
export type RelayPeers = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Which nodes of this parent stand by for which pairs: both ends are there, and neither says that it does not reach it. Chosen by chance that
 * stays the same, so that a change of others moves none. Pure.
 */
export function relayPeers(nodes: readonly WorldNode[]): RelayPeers {
  const own = new Map(nodes.flatMap((node) => (node.childId !== undefined && node.reach && node.isHere ? [[node.nodeId, node]] : [])))
  const peers = new Map<string, Set<string>>()
  const add = (one: string, other: string) => peers.set(one, (peers.get(one) ?? new Set()).add(other))
  for (const [one, other] of pairsOf(own)) {
    for (const relay of relaysBetween(own, one, other)) {
      for (const end of [one, other]) {
        add(end, relay)
        add(relay, end)
      }
    }
  }
  return peers
}

type OwnNodes = ReadonlyMap<string, WorldNode>

function pairsOf(own: OwnNodes): readonly (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>()
  for (const [nodeId, { unreached = [] }] of own) {
    for (const other of unreached) {
      const [one = '', two = ''] = [nodeId, other].sort()
      if (own.has(other)) pairs.set(`${one} ${two}`, [one, two])
    }
  }
  return [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, PAIRS_MAX)
    .map(([, pair]) => pair)
}

function relaysBetween(own: OwnNodes, one: string, other: string): readonly string[] {
  const isCut = (a: string, b: string) => own.get(a)?.unreached?.includes(b) === true || own.get(b)?.unreached?.includes(a) === true
  const fit = [...own.keys()].filter((id) => id !== one && id !== other && !isCut(id, one) && !isCut(id, other))
  const ranked = fit.map((id) => ({ id, rank: hash(`${one} ${other} ${id}`) })).sort((a, b) => a.rank - b.rank)
  return ranked.slice(0, RELAYS_PER_PAIR).map(({ id }) => id)
}
