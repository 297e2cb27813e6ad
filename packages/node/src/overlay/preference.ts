// `reference/network.md` 10.8: whoever is better by less, or only now and then, is not worth moving for.
const BETTER_SHARE = 0.15
const BETTER_MS = 1
const ROUNDS = 3
// As near as the nearest, for sharing turns; whoever has a share keeps it until it is clearly farther, for noise is no reason.
const TIE_SHARE = 0.1
const TIE_LOST_SHARE = 0.25

/** Which nodes a service is used on, for a policy that keeps to the cheapest. */
export interface Preference {
  readonly leader: string
  /** The leader and those that are about as good. */
  readonly nodes: ReadonlySet<string>
  /** Set when it was chosen before anything was measured. */
  readonly isGuess?: true
  /** Who is better than the leader, and for how many rounds it has been. */
  readonly challenger?: { readonly nodeId: string; readonly rounds: number }
}

/**
 * The nodes to use from now on. A leader stays until it is gone, or another was clearly better for three rounds in a row.
 * @param costs by node id, in milliseconds; at least one
 * @param isRound true when there are new measurements, and not only another list of nodes
 */
export function preferNodes(costs: ReadonlyMap<string, number>, before: Preference | undefined, isRound: boolean): Preference {
  const [best] = [...costs].toSorted(([a, costA], [b, costB]) => (costA === costB ? (a < b ? -1 : 1) : costA - costB))
  const bestId = best?.[0] ?? ''
  const bestCost = best?.[1] ?? 0
  const leaderCost = before && costs.get(before.leader)
  if (!before || leaderCost === undefined) return led(bestId, costs, before)
  // After a start nothing is measured yet, and that is no reason to change anything.
  if (bestCost === Number.POSITIVE_INFINITY) return { ...before, nodes: new Set([...before.nodes].filter((nodeId) => costs.has(nodeId))) }
  if (before.isGuess) return led(bestId, costs, before)
  // Nothing is nearer than the own node: it need not prove that it stays so.
  if (bestCost === 0 && leaderCost > 0) return led(bestId, costs, before)
  if (!isClearlyBetter(bestCost, leaderCost)) return led(before.leader, costs, before)
  const rounds = (before.challenger?.nodeId === bestId ? before.challenger.rounds : 0) + (isRound ? 1 : 0)
  if (rounds >= ROUNDS) return led(bestId, costs, before)
  return { ...led(before.leader, costs, before), challenger: { nodeId: bestId, rounds } }
}

function isClearlyBetter(cost: number, than: number): boolean {
  return cost < than * (1 - BETTER_SHARE) && than - cost > BETTER_MS
}

function led(leader: string, costs: ReadonlyMap<string, number>, before: Preference | undefined): Preference {
  const leaderCost = costs.get(leader) ?? 0
  const isTied = (nodeId: string, cost: number) => {
    const share = before?.nodes.has(nodeId) ? TIE_LOST_SHARE : TIE_SHARE
    return cost === leaderCost || (leaderCost > 0 && cost <= leaderCost * (1 + share))
  }
  const nodes = new Set([...costs].flatMap(([nodeId, cost]) => (isTied(nodeId, cost) ? [nodeId] : [])))
  return { leader, nodes, ...(leaderCost === Number.POSITIVE_INFINITY && { isGuess: true }) }
}
