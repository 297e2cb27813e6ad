import { type Clock, type Logger, OakError } from '@oakestra/base'
import type { Outbox } from '@oakestra/session'
import type { Reader, Writer } from '@oakestra/store'
import { type DocumentItem, dropInstanceSchema, instanceSpecSchema, parseWire, UNCLAIMED_MAX, type Unclaimed } from '@oakestra/wire'
import { journeys, nodeReports, nodes, placements, type UnclaimedInstance, unclaimed } from '../state.ts'
import type { Capacity } from './capacity.ts'
import { termForNode, termOfRoot } from './term.ts'

export interface UnclaimedDeps {
  readonly outbox: Outbox
  readonly capacity: Capacity
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Takes over what a node holds and this store knows nothing of: the store is from the past, or the node joined anew. Absence here is
 * no order then (decision 10), so what the node runs goes on until it is known who wants it: it is claimed when root wants it, and
 * otherwise listed for an operator. What this store places elsewhere is only believed of the copy with the higher term. Gives the ids
 * of instances that are to be looked at.
 */
export async function takeUnknown(
  deps: UnclaimedDeps,
  writer: Writer,
  nodeId: string,
  items: readonly DocumentItem[],
): Promise<readonly string[]> {
  const taken: string[] = []
  for (const item of items) {
    if (item.kind !== 'instance' || (await deps.outbox.entry(writer, nodeId, item.id))) continue
    if (await takeInstance(deps, writer, nodeId, item)) taken.push(item.id)
  }
  if (taken.length > 0) deps.logger.warn('a node holds instances that are not known here', { node: nodeId, instances: taken.length })
  return taken
}

async function takeInstance(deps: UnclaimedDeps, writer: Writer, nodeId: string, item: DocumentItem): Promise<boolean> {
  const spec = instanceSpecSchema.safeParse(item.body)
  // Whatever it is, it is nothing that can be placed or moved.
  if (!spec.success) return false
  const { term, jobName } = spec.data
  if (term <= (await termKnownHere(writer, item.id))) return false
  await takeFromOthers(deps, writer, item.id)
  await writer.put(unclaimed, { instanceId: item.id, nodeId, term, jobName, sinceMs: deps.clock.wallMs() })
  await deps.outbox.put(writer, nodeId, item)
  return true
}

/** The highest term of a copy that is meant to be elsewhere; -1 when there is none. */
async function termKnownHere(reader: Reader, id: string): Promise<number> {
  const other = await reader.get(unclaimed, id)
  const placement = await reader.get(placements, id)
  if (!placement) return other?.term ?? -1
  const journey = (await reader.get(journeys, id)) ?? { moves: 0 }
  return termForNode(placement, journey)
}

async function takeFromOthers({ outbox, capacity }: UnclaimedDeps, writer: Writer, id: string): Promise<void> {
  const others = [await writer.get(placements, id), await writer.get(unclaimed, id)]
  for (const other of others) if (other) await outbox.remove(writer, other.nodeId, id)
  capacity.doubtPlacement(id)
  await writer.remove(placements, id)
  await writer.remove(nodeReports, id)
}

/** `instances.unclaimed` */
export async function listUnclaimed(outbox: Outbox, reader: Reader): Promise<readonly Unclaimed[]> {
  const found: Unclaimed[] = []
  for (const { instanceId, nodeId, sinceMs } of await reader.list(unclaimed, { limit: UNCLAIMED_MAX })) {
    const entry = await outbox.entry(reader, nodeId, instanceId)
    const spec = instanceSpecSchema.safeParse(entry?.item.body)
    if (spec.success) found.push({ nodeId, sinceMs, spec: { ...spec.data, term: termOfRoot(spec.data.term) } })
  }
  return found
}

/** `instances.drop`: an operator's word that nobody wants it. @throws OakError `not-found` */
export async function dropUnclaimed(outbox: Outbox, writer: Writer, params: unknown): Promise<void> {
  const { instanceId } = parseWire(dropInstanceSchema, params, 'instance to drop')
  const held = await writer.get(unclaimed, instanceId)
  if (!held) throw new OakError('not-found', 'no node runs such an instance without it being wanted')
  await giveUp(outbox, writer, held)
}

/** The node that holds it, while that one may be asked; otherwise it is ordered gone there. Either way it is unclaimed no more. */
export async function claim(
  outbox: Outbox,
  writer: Writer,
  instanceId: string,
  isLost: (nodeId: string) => boolean,
): Promise<UnclaimedInstance | undefined> {
  const held = await writer.get(unclaimed, instanceId)
  if (!held) return undefined
  const node = await writer.get(nodes, held.nodeId)
  if (node && !node.removing && !isLost(node.id)) {
    await writer.remove(unclaimed, instanceId)
    return held
  }
  await giveUp(outbox, writer, held)
  return undefined
}

async function giveUp(outbox: Outbox, writer: Writer, { instanceId, nodeId }: UnclaimedInstance): Promise<void> {
  await outbox.remove(writer, nodeId, instanceId)
  await writer.remove(unclaimed, instanceId)
}
