import type { ObservedInstance } from '@oakestra/model'
import { inboxItems, type ObservedRecords, type ObservedSource, type Presence } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { observedInstanceSchema, parseWire } from '@oakestra/wire'
import { journeys, type NodeReport, nodeReports, nodes, placements } from '../state.ts'
import { type InstanceNote, observedForRoot } from './observed-for-root.ts'

/** What nodes say of the instances that the cluster gave them. */
export const instanceRecords: ObservedRecords<NodeReport> = {
  collection: nodeReports,
  childIndex: 'nodeId',
  read: (value, nodeId) => ({ ...parseWire(observedInstanceSchema, value, 'observed instance'), nodeId }),
  childOf: (report) => report.nodeId,
  isGivenTo: async (writer, { instanceId }, nodeId) => (await writer.get(placements, instanceId))?.nodeId === nodeId,
}

/** What this cluster sees of its instances: what their nodes say, and its own word about those without one. */
export class ClusterReports implements ObservedSource {
  readonly #store: Store
  readonly #presence: (nodeId: string) => Presence
  readonly #notes = new Map<string, InstanceNote>()
  readonly #listeners = new Set<(id: string) => void>()

  constructor(store: Store, presence: (nodeId: string) => Presence) {
    this.#store = store
    this.#presence = presence
    const touching = new Set([inboxItems.name, placements.name, journeys.name, nodeReports.name])
    store.onCommit((changes) => this.#tell(changes.filter(({ collection }) => touching.has(collection))))
  }

  async ids(): Promise<readonly string[]> {
    return this.#store.read(async (reader) => {
      const wanted = await reader.list(inboxItems, { index: 'kind', equals: 'instance' })
      const placed = await reader.list(placements)
      return [...new Set([...wanted.map((item) => item.id), ...placed.map((placement) => placement.instanceId)])]
    })
  }

  async get(id: string): Promise<ObservedInstance | undefined> {
    return this.#store.read(async (reader) => {
      const placement = await reader.get(placements, id)
      return observedForRoot({
        instanceId: id,
        item: await reader.get(inboxItems, id),
        placement,
        report: placement && (await reader.get(nodeReports, id)),
        journey: placement && (await reader.get(journeys, id)),
        node: placement && (await reader.get(nodes, placement.nodeId)),
        presence: placement ? this.#presence(placement.nodeId) : 'lost',
        note: this.#notes.get(id),
      })
    })
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Notes what there is to say beside what the node says; `undefined` when that is over. */
  note(id: string, note: InstanceNote | undefined): void {
    if (note) this.#notes.set(id, note)
    else if (!this.#notes.delete(id)) return
    this.changed(id)
  }

  /** What is known of this instance may have changed in a way that no commit tells, such as the presence of its node. */
  changed(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }

  #tell(changes: readonly Change[]): void {
    for (const { key } of changes) this.changed(key)
  }
}
