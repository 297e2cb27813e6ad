import type { ObservedInstance } from '@oakestra/model'
import { inboxItems, type ObservedRecords, type ObservedSource, type Presence } from '@oakestra/session'
import type { Change, Reader, Store } from '@oakestra/store'
import { observedInstanceSchema, overlaySubject, parseWire } from '@oakestra/wire'
import { orders, subjectOf } from '../local/orders.ts'
import { isOnlyHere, mentionedIds, wantedItem } from '../local/wanted.ts'
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
    const touching = new Set([inboxItems.name, orders.name, placements.name, journeys.name, nodeReports.name])
    store.onCommit((changes) => this.#tell(changes.filter(({ collection }) => touching.has(collection))))
  }

  async ids(): Promise<readonly string[]> {
    return this.#store.read(async (reader) => {
      const mentioned = await mentionedIds(reader)
      const placed = await reader.list(placements)
      return [...new Set([...mentioned, ...placed.map((placement) => placement.instanceId)])]
    })
  }

  /** For root: nothing about what root does not know, so that it is told everything when it does. */
  async get(id: string): Promise<ObservedInstance | undefined> {
    return this.#store.read(async (reader) => ((await isOnlyHere(reader, id)) ? undefined : this.observe(reader, id)))
  }

  /** The same whoever ordered it. */
  async observe(reader: Reader, id: string): Promise<ObservedInstance | undefined> {
    const placement = await reader.get(placements, id)
    return observedForRoot({
      instanceId: id,
      item: await wantedItem(reader, id),
      placement,
      report: placement && (await reader.get(nodeReports, id)),
      journey: placement && (await reader.get(journeys, id)),
      node: placement && (await reader.get(nodes, placement.nodeId)),
      presence: placement ? this.#presence(placement.nodeId) : 'lost',
      note: this.#notes.get(id),
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
    for (const { collection, key } of changes) if (!overlaySubject(key)) this.changed(collection === orders.name ? subjectOf(key) : key)
  }
}
