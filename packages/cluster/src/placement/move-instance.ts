import { OakError } from '@oakestra/base'
import { hasEndedForGood } from '@oakestra/model'
import { moveInstanceSchema, parseWire } from '@oakestra/wire'
import type { Capacity, Draft } from './capacity.ts'
import { type ChooserDeps, chooseNode } from './choose-node.ts'
import type { Placed, PlacementActs, Wanted } from './placement-acts.ts'
import { readSituation, type SituationDeps } from './situation.ts'

export interface MoveInstanceDeps extends SituationDeps, ChooserDeps {
  readonly acts: PlacementActs
  readonly capacity: Capacity
  /** Told when an instance is to move. */
  readonly onMoving: (instanceId: string) => void
}

/**
 * `instances.move`: an operator's wish that an instance goes to a node, or to whichever is best. Answers once it is written down,
 * with the node that has room for it.
 * @throws OakError `not-found`, `conflict` when there is nothing to move, `unavailable` when its node has just come back, `resource-exhausted` with the reasons when it fits nowhere
 */
export async function moveInstance(deps: MoveInstanceDeps, params: unknown): Promise<{ readonly nodeId: string }> {
  const { instanceId, nodeId, reason } = parseWire(moveInstanceSchema, params, 'move of an instance')
  const target = await deps.capacity.transact(async (draft) => {
    const situation = await movable(draft, deps, instanceId)
    const targetId = targetOf(deps, situation, nodeId)
    const afar = isHere(situation) ? {} : ({ isFromAfar: true } as const)
    await deps.acts.orderDeparture(draft, situation.placement, { cause: 'operator', reason, targetId, ...afar })
    return targetId
  })
  deps.onMoving(instanceId)
  return { nodeId: target }
}

async function movable(draft: Draft, deps: MoveInstanceDeps, instanceId: string): Promise<Wanted & Placed> {
  const { wanted, placement, ...rest } = await readSituation(draft.writer, deps, instanceId)
  if (!wanted) throw new OakError('not-found', 'this cluster has no such instance')
  if (!placement) throw new OakError('conflict', 'the instance has no node yet; it is placed as soon as one has room for it')
  // One whose node went in the middle of it may be ordered away once more.
  if (placement.departure && isHere(rest)) throw new OakError('conflict', `the instance is moving already: ${placement.departure.reason}`)
  if (rest.standing?.isSilent)
    throw new OakError('unavailable', `the node ${rest.standing.name} has just come back and has not said yet what runs there`)
  if (hasEndedForGood(wanted, rest.report)) throw new OakError('conflict', 'the instance has ended, and is not started again anywhere')
  return { wanted, placement, ...rest }
}

function isHere({ standing }: Pick<Placed, 'standing'>): boolean {
  return standing?.presence === 'here'
}

function targetOf(deps: MoveInstanceDeps, { wanted, placement }: Wanted & Placed, nodeId: string | undefined): string {
  if (nodeId === placement.nodeId) throw new OakError('conflict', 'the instance is on that node already')
  if (nodeId !== undefined && !deps.capacity.node(nodeId)) throw new OakError('not-found', 'this cluster has no such node')
  const avoid = new Map([[placement.nodeId, 'it is to leave it']])
  const result = chooseNode(deps, wanted, { avoid, onlyId: nodeId })
  if (result.ok) return result.candidateId
  const { detail, candidates } = result.rejection
  throw new OakError('resource-exhausted', detail, { retryable: false, details: { candidates } })
}
