import { OakError, toOakError } from '@oakestra/base'
import type { InstanceSpec } from '@oakestra/model'
import type { Liveness, Outbox } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { instanceSpecSchema, parsedOnce } from '@oakestra/wire'
import { wantedItem } from '../local/wanted.ts'
import { type Journey, journeys, nodeReports, nodes, type Placement, placements } from '../state.ts'
import type { Situation, Standing } from './plan-placement.ts'

/**
 * Beyond the time after which a cut off instance ends itself (`disconnect: stop`): a lease of three seconds, for its node may have
 * heard of the cluster a little later than the cluster of it, and two seconds to end it by force. Its grace comes on top.
 */
const SELF_END_MARGIN_MS = 5_000
/** What a node waits that was told to stop an instance, but not when. Decision 10 and `docs/descriptor.md`. */
const SELF_END_DEFAULT_MS = 60_000

const readSpec = parsedOnce(instanceSpecSchema, 'instance')

export interface SituationDeps {
  readonly outbox: Outbox
  readonly liveness: Pick<Liveness, 'presence' | 'patienceMs'>
  /** Whether a node has said, since it is connected, what became of everything it has. */
  readonly hasTold: (nodeId: string) => boolean
}

/**
 * Reads what the next decision about an instance follows from.
 * @throws OakError `bad-request` when root says something about it that cannot be understood
 */
export async function readSituation(reader: Reader, deps: SituationDeps, id: string): Promise<Situation> {
  const wanted = await wantedSpec(reader, id)
  const placement = await reader.get(placements, id)
  const journey = (await reader.get(journeys, id)) ?? startOfJourney(id)
  if (!placement) return { ...(wanted && { wanted }), journey, isSeenGone: true }
  const said = await reader.get(nodeReports, id)
  const report = said?.nodeId === placement.nodeId ? said : undefined
  const standing = await standingOf(reader, deps, placement, wanted)
  const isSeenGone = !report && !(await deps.outbox.entry(reader, placement.nodeId, id))
  return { ...(wanted && { wanted }), placement, ...(report && { report }), journey, ...(standing && { standing }), isSeenGone }
}

export function startOfJourney(instanceId: string): Journey {
  return { instanceId, moves: 0, inVain: [] }
}

/** See `Placement.selfEndsAfterMs`. */
export function selfEndsAfterMs({ disconnect, stopGraceMs }: InstanceSpec): number | undefined {
  if (disconnect.action !== 'stop') return undefined
  return (disconnect.afterMs ?? SELF_END_DEFAULT_MS) + stopGraceMs + SELF_END_MARGIN_MS
}

async function wantedSpec(reader: Reader, id: string): Promise<InstanceSpec | undefined> {
  const item = await wantedItem(reader, id)
  if (!item) return undefined
  const spec = readSpec(item.body)
  if (spec.instanceId !== id) throw new OakError('bad-request', `instance: the item ${id} speaks about ${spec.instanceId}`)
  return spec
}

async function standingOf(
  reader: Reader,
  { liveness, hasTold }: SituationDeps,
  placement: Placement,
  wanted: InstanceSpec | undefined,
): Promise<Standing | undefined> {
  const node = await reader.get(nodes, placement.nodeId)
  if (!node) return undefined
  const goneInMs = untilGoneMs(liveness, placement, wanted, node.removing === true)
  const presence = liveness.presence(node.id)
  return {
    name: node.name,
    presence,
    ...(presence === 'here' && !hasTold(node.id) && { isSilent: true }),
    ...(goneInMs !== undefined && { goneInMs }),
    draining: node.draining === true,
    removing: node.removing === true,
  }
}

/** Decision 10: per service, who gives an instance up and when. What an operator or root ordered waits for the node alone. */
function untilGoneMs(
  liveness: SituationDeps['liveness'],
  { nodeId, selfEndsAfterMs: selfEnds, departure }: Placement,
  wanted: InstanceSpec | undefined,
  isRemoving: boolean,
): number | undefined {
  if (selfEnds !== undefined) return liveness.patienceMs(nodeId, selfEnds)
  if (!wanted || isRemoving || departure?.isFromAfar) return liveness.patienceMs(nodeId)
  if (wanted.disconnect.action === 'keep') return undefined
  return liveness.patienceMs(nodeId, departure ? undefined : wanted.disconnect.afterMs)
}

/** One sentence about what root said. */
export function describeNonsense(thrown: unknown): string {
  return `root says something about it that cannot be understood, so nothing is changed: ${toOakError(thrown).message}`
}
