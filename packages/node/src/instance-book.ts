import type { Clock } from '@oakestra/base'
import type { InstanceSpec, ObservedInstance } from '@oakestra/model'
import type { Workload } from '@oakestra/runtime'
import { type InboxItem, inboxItems, type ObservedSource } from '@oakestra/session'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import { instanceSpecSchema, type Place, parseWire, placeSchema } from '@oakestra/wire'
import { deriveObserved, type NodeIdentity } from './derive-observed.ts'
import { chooseAddresses } from './namespace-addresses.ts'
import type { NetworkView } from './network-keeper.ts'
import { type LocalInstance, localInstances, restingAddresses } from './state.ts'

// `reference/network.md` 10.7: peers may hold the old mapping for a while.
const ADDRESS_REST_MS = 60_000

export interface Known {
  readonly spec: InstanceSpec | undefined
  readonly local: LocalInstance | undefined
}

/**
 * What this node knows of its instances: what is wanted (the document), what it remembers (its store) and what the
 * runtime last said (memory, refilled at start). The reconciler acts on it, the network follows it, reports come from it.
 */
export class InstanceBook implements ObservedSource {
  readonly #store: Store
  readonly #clock: Clock
  readonly #identity: NodeIdentity
  readonly #workloads = new Map<string, Workload>()
  readonly #progress = new Map<string, string>()
  readonly #listeners = new Set<(id: string) => void>()

  constructor(store: Store, clock: Clock, identity: NodeIdentity) {
    this.#store = store
    this.#clock = clock
    this.#identity = identity
  }

  /** Everything wanted or remembered. */
  async ids(): Promise<readonly string[]> {
    return this.#store.read(async (reader) => {
      const wanted = await wantedIn(reader)
      const remembered = await reader.list(localInstances)
      return [...new Set([...wanted.map((item) => item.id), ...remembered.map((local) => local.id)])]
    })
  }

  /** The node's place in the overlay, once its cluster gave it one. */
  place(): Promise<Place | undefined> {
    return this.#store.read(placeIn)
  }

  /**
   * What is known of one instance. A wanted one gets its memory, with its addresses, in the same transaction: from then
   * on it is reported, so whoever wants it gone knows that something of it may be here.
   */
  async admit(id: string): Promise<Known> {
    return this.#store.write(async (writer) => {
      const spec = specOf(await writer.get(inboxItems, id))
      const local = await writer.get(localInstances, id)
      const place = await placeIn(writer)
      if (local || !spec || !place) return { spec, local }
      const admitted = await this.#remember(writer, spec, place)
      return { spec, local: admitted }
    })
  }

  async update(id: string, change: (local: LocalInstance) => LocalInstance): Promise<void> {
    await this.#store.write(async (writer) => {
      const local = await writer.get(localInstances, id)
      if (local) await writer.put(localInstances, change(local))
    })
  }

  /** Drops the last memory of an instance; its namespace addresses rest. */
  async forget(id: string): Promise<void> {
    await this.#store.write(async (writer) => {
      const local = await writer.get(localInstances, id)
      if (!local) return
      await writer.put(restingAddresses, { address: local.namespaceV4, freedAtMs: this.#clock.wallMs() })
      await writer.remove(localInstances, id)
    })
    this.#workloads.delete(id)
    this.#progress.delete(id)
  }

  /** Notes what the runtime said of an instance; `undefined`: it has no workload. */
  noteWorkload(id: string, workload: Workload | undefined): void {
    const before = JSON.stringify(this.#workloads.get(id))
    if (workload) this.#workloads.set(id, workload)
    else this.#workloads.delete(id)
    if (before !== JSON.stringify(workload)) this.#changed(id)
  }

  noteProgress(id: string, progress: string): void {
    this.#progress.set(id, progress)
    this.#changed(id)
  }

  isRunning(id: string): boolean {
    return this.#workloads.get(id)?.state.state === 'running'
  }

  async get(id: string): Promise<ObservedInstance | undefined> {
    const known = await this.#store.read((reader) => knownIn(reader, id))
    const situation = { ...known, workload: this.#workloads.get(id), nowMs: this.#clock.wallMs() }
    return deriveObserved(situation, this.#progress.get(id) ?? '', this.#identity)
  }

  async networkView(): Promise<NetworkView | undefined> {
    return this.#store.read(async (reader) => {
      const place = await placeIn(reader)
      if (!place) return undefined
      const wanted = new Set((await wantedIn(reader)).map((item) => item.id))
      // One that is detached and not wanted is on its way out: nothing in the kernel is for it, its service's addresses included.
      const members = (await reader.list(localInstances)).filter((local) => local.attached || wanted.has(local.id))
      return { place, members: members.map((local) => ({ local, running: this.isRunning(local.id) })) }
    })
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** To be told of every commit: what is reported follows from the document, from memory, and from what was noted here. */
  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) if (collection === localInstances.name || collection === inboxItems.name) this.#changed(key)
  }

  #changed(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }

  async #remember(writer: Writer, spec: InstanceSpec, place: Place): Promise<LocalInstance> {
    const locals = await writer.list(localInstances)
    const addresses = chooseAddresses(place, new Set(locals.map((local) => local.namespaceV4)), await this.#resting(writer))
    const local = { id: spec.instanceId, spec, ...addresses, attached: false, restarts: 0, strikes: 0 }
    await writer.put(localInstances, local)
    await writer.remove(restingAddresses, addresses.namespaceV4)
    return local
  }

  /** Addresses still at rest; those that have rested enough are let go. */
  async #resting(writer: Writer): Promise<ReadonlyMap<string, number>> {
    const resting = await writer.list(restingAddresses)
    const nowMs = this.#clock.wallMs()
    for (const { address, freedAtMs } of resting) {
      if (nowMs - freedAtMs >= ADDRESS_REST_MS) await writer.remove(restingAddresses, address)
    }
    return new Map(
      resting.filter(({ freedAtMs }) => nowMs - freedAtMs < ADDRESS_REST_MS).map(({ address, freedAtMs }) => [address, freedAtMs]),
    )
  }
}

async function knownIn(reader: Reader, id: string): Promise<Known> {
  return { spec: specOf(await reader.get(inboxItems, id)), local: await reader.get(localInstances, id) }
}

function wantedIn(reader: Reader): Promise<readonly InboxItem[]> {
  return reader.list(inboxItems, { index: 'kind', equals: 'instance' })
}

async function placeIn(reader: Reader): Promise<Place | undefined> {
  const item = await reader.get(inboxItems, 'place')
  return item && parseWire(placeSchema, item.body, "the node's place")
}

function specOf(item: InboxItem | undefined): InstanceSpec | undefined {
  return item?.kind === 'instance' ? parseWire(instanceSpecSchema, item.body, 'instance') : undefined
}
