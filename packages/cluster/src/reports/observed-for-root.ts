import type { Node, ObservedInstance, Rejection } from '@oakestra/model'
import type { Presence } from '@oakestra/session'
import type { DocumentItem } from '@oakestra/wire'
import { termOfRoot } from '../placement/term.ts'
import type { Journey, NodeReport, Placement } from '../state.ts'

/** What the cluster itself has to say about an instance. */
export interface InstanceNote {
  /** Why no node, or no other node, takes it. */
  readonly rejection?: Rejection
  /** One sentence for people. */
  readonly remark?: string
}

/** Everything that the word about one instance follows from. */
export interface Known {
  readonly instanceId: string
  /** What is wanted of it: by root, or by an order of this cluster. */
  readonly item: DocumentItem | undefined
  readonly placement: Placement | undefined
  readonly report: NodeReport | undefined
  readonly journey: Journey | undefined
  readonly node: Node | undefined
  readonly presence: Presence
  readonly note: InstanceNote | undefined
}

/** What root is told of an instance. Nothing is told to be gone while it has a placement: its node may still hold traces. */
export function observedForRoot(known: Known): ObservedInstance | undefined {
  const { placement, item } = known
  if (!placement) return item?.kind === 'instance' ? withoutNode(known) : undefined
  const seen = known.report ? inWordsOfRoot(known.report) : scheduled(known, placement)
  if (item?.kind !== 'instance' || seen.state === 'completed') return seen
  const { note, presence, journey } = known
  if (presence !== 'here' && note?.rejection) return withoutNode(known)
  const detail = [...remarksOn(known, placement), seen.detail].filter((part) => part !== '').join('; ')
  return { ...seen, detail, ...(journey?.exhausted && { exhausted: true }) }
}

function remarksOn({ journey, note, node, presence }: Known, { departure }: Placement): readonly string[] {
  const remarks: string[] = []
  if (journey?.exhausted) remarks.push(`could not be run on ${nodesInWords(journey.inVain.length + 1)}`)
  if (departure) remarks.push(`on its way to another node: ${departure.reason}`)
  if (note?.remark) remarks.push(note.remark)
  if (presence === 'away') remarks.push(`its node ${node?.name ?? ''} is not heard of at the moment`)
  if (presence === 'lost') remarks.push(`its node ${node?.name ?? ''} is lost`)
  return remarks
}

function nodesInWords(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`
}

function inWordsOfRoot({ term, ...report }: NodeReport): ObservedInstance {
  return { ...report, ...(term !== undefined && { term: termOfRoot(term) }) }
}

/** Since when, so that a wait that takes too long is seen to. `reference/orchestration.md` W-8. */
function scheduled({ item, node }: Known, { instanceId, nodeId, placedAtMs }: Placement): ObservedInstance {
  const since = Number.isFinite(placedAtMs) ? ` since ${new Date(placedAtMs).toISOString()}` : ''
  return {
    instanceId,
    revision: revisionOf(item),
    state: 'node-scheduled',
    detail: `waiting for the node ${node?.name ?? ''} to begin${since}`,
    restarts: 0,
    nodeId,
    ...(node && { nodeName: node.name }),
    ...(node?.facts && { hostAddress: node.facts.address }),
  }
}

function withoutNode({ instanceId, item, note }: Known): ObservedInstance {
  const detail = note?.rejection?.detail ?? note?.remark ?? 'waiting for a node'
  return {
    instanceId,
    revision: revisionOf(item),
    state: 'unplaced',
    detail,
    restarts: 0,
    ...(note?.rejection && { rejection: note.rejection }),
  }
}

function revisionOf(item: DocumentItem | undefined): number {
  const body = item?.body
  return typeof body === 'object' && body !== null && 'revision' in body && typeof body.revision === 'number' ? body.revision : 0
}
