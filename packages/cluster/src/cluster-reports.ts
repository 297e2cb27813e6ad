import type { ObservedInstance, Rejection } from '@oakestra/model'
import { type InboxItem, inboxItems, type ObservedRecords, type ObservedSource } from '@oakestra/session'
import type { Change, Reader, Store } from '@oakestra/store'
import { observedInstanceSchema, parseWire } from '@oakestra/wire'
import { type NodeReport, nodeReports, nodes, placements } from './state.ts'

/** What nodes say of the instances that the cluster gave them. */
export const instanceRecords: ObservedRecords<NodeReport> = {
  collection: nodeReports,
  childIndex: 'nodeId',
  read: (value, nodeId) => ({ ...parseWire(observedInstanceSchema, value, 'observed instance'), nodeId }),
  childOf: (report) => report.nodeId,
  isGivenTo: async (writer, { instanceId }, nodeId) => (await writer.get(placements, instanceId))?.nodeId === nodeId,
}

/** What this cluster sees of its instances: what their nodes say, and its own word for those without one. */
export class ClusterReports implements ObservedSource {
  readonly #store: Store
  readonly #refusals = new Map<string, Rejection>()
  readonly #listeners = new Set<(id: string) => void>()

  constructor(store: Store) {
    this.#store = store
    const touching = new Set([inboxItems.name, placements.name, nodeReports.name])
    store.onCommit((changes) => this.#tell(changes.filter(({ collection }) => touching.has(collection))))
  }

  async ids(): Promise<readonly string[]> {
    return this.#store.read(async (reader) => {
      const wanted = await reader.list(inboxItems, { index: 'kind', equals: 'instance' })
      const placed = await reader.list(placements)
      return [...new Set([...wanted.map((item) => item.id), ...placed.map((placement) => placement.instanceId)])]
    })
  }

  /** Nothing is reported as gone while it has a placement: its node may still hold traces. */
  async get(id: string): Promise<ObservedInstance | undefined> {
    return this.#store.read(async (reader) => {
      const placement = await reader.get(placements, id)
      if (placement) return (await reader.get(nodeReports, id)) ?? this.#scheduled(reader, id, placement.nodeId)
      const item = await reader.get(inboxItems, id)
      return item?.kind === 'instance' ? this.#unplaced(item) : undefined
    })
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Notes why an instance has no node; `undefined` when that is over. */
  noteRefusal(id: string, rejection: Rejection | undefined): void {
    if (rejection) this.#refusals.set(id, rejection)
    else if (!this.#refusals.delete(id)) return
    for (const listener of this.#listeners) listener(id)
  }

  /** Instances that no node could take at the last try. */
  refused(): readonly string[] {
    return [...this.#refusals.keys()]
  }

  async #scheduled(reader: Reader, instanceId: string, nodeId: string): Promise<ObservedInstance> {
    const node = await reader.get(nodes, nodeId)
    const item = await reader.get(inboxItems, instanceId)
    return {
      instanceId,
      revision: revisionOf(item),
      state: 'node-scheduled',
      detail: 'waiting for the node',
      restarts: 0,
      nodeId,
      ...(node && { nodeName: node.name }),
      ...(node?.facts && { hostAddress: node.facts.address }),
    }
  }

  #unplaced(item: InboxItem): ObservedInstance {
    const rejection = this.#refusals.get(item.id)
    const detail = rejection ? rejection.detail : 'waiting for a node'
    return { instanceId: item.id, revision: revisionOf(item), state: 'unplaced', detail, restarts: 0, ...(rejection && { rejection }) }
  }

  #tell(changes: readonly Change[]): void {
    for (const { key } of changes) for (const listener of this.#listeners) listener(key)
  }
}

function revisionOf(item: InboxItem | undefined): number {
  const body = item?.body
  return typeof body === 'object' && body !== null && 'revision' in body && typeof body.revision === 'number' ? body.revision : 0
}
