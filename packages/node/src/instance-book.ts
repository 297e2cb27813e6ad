import type { Clock } from '@oakestra/base'
import type { InstanceSpec, ObservedInstance } from '@oakestra/model'
import type { Workload } from '@oakestra/runtime'
import { type InboxItem, inboxItems, type ObservedSource } from '@oakestra/session'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import { overlaySubject, type Place } from '@oakestra/wire'
import type { ClusterContact } from './contact/cluster-contact.ts'
import { Deadlines } from './deadlines.ts'
import { deriveObserved, deriveRefused, type NodeIdentity } from './derive-observed.ts'
import type { HealthVerdict } from './health/judge.ts'
import { chooseAddresses } from './namespace-addresses.ts'
import type { NetworkView } from './network-view.ts'
import { PlaceReader } from './place-reader.ts'
import type { InstanceSituation } from './plan-instance.ts'
import { readLocal } from './read-local.ts'
import { readWanted } from './read-wanted.ts'
import { longestRestartDelayMs } from './restart-delay.ts'
import { RunTimes } from './run-times.ts'
import { type LocalInstance, localInstances, restingAddresses } from './state.ts'

// `reference/network.md` 10.7: peers may hold the old mapping for a while.
const ADDRESS_REST_MS = 60_000

export interface Known {
  readonly spec: InstanceSpec | undefined
  readonly local: LocalInstance | undefined
  /** Why what the document says about it cannot be read; `spec` is then what was understood last. */
  readonly problem?: string
}

export interface BookOptions {
  readonly store: Store
  readonly clock: Clock
  readonly identity: NodeIdentity
  readonly contact: Pick<ClusterContact, 'silentMs' | 'startsInMs'>
}

/**
 * What this node knows of its instances: what is wanted (the document), what it remembers (its store) and what the
 * runtime and health checks last said (memory, refilled at start). The reconciler acts on it, the network follows it,
 * reports come from it.
 */
export class InstanceBook implements ObservedSource {
  readonly #options: BookOptions
  readonly #workloads = new Map<string, Workload>()
  readonly #verdicts = new Map<string, HealthVerdict>()
  readonly #progress = new Map<string, string>()
  /** Why wanted instances could not be taken in. */
  readonly #refusals = new Map<string, string>()
  readonly #listeners = new Set<(id: string) => void>()
  readonly #places = new PlaceReader()
  readonly #runTimes: RunTimes
  readonly #restarts: Deadlines
  readonly #rests: Deadlines

  constructor(options: BookOptions) {
    this.#options = options
    this.#runTimes = new RunTimes(options.clock)
    this.#restarts = new Deadlines(options.clock)
    this.#rests = new Deadlines(options.clock)
  }

  /** Everything wanted or remembered. */
  async ids(): Promise<readonly string[]> {
    return this.#options.store.read(async (reader) => {
      const wanted = await wantedIn(reader)
      const remembered = await reader.list(localInstances)
      return [...new Set([...wanted.map((item) => item.id), ...remembered.map((local) => local.id)])]
    })
  }

  /**
   * What is known of one instance. A wanted one gets its memory, with its addresses, in the same transaction: from then
   * on it is reported, so whoever wants it gone knows that something of it may be here. What is known already is read
   * only, so that it can be ended, or left in peace, also when nothing can be written.
   */
  async admit(id: string): Promise<Known> {
    const known = await this.#options.store.read((reader) => knownIn(reader, id))
    if (known.local || !known.spec) return this.#withRefusal(id, known.problem, known)
    try {
      return this.#withRefusal(id, undefined, await this.#admitNew(id))
    } catch (thrown) {
      this.#noteRefusal(id, thrown instanceof Error ? thrown.message : String(thrown))
      throw thrown
    }
  }

  async update(id: string, change: (local: LocalInstance) => LocalInstance): Promise<void> {
    await this.#options.store.write(async (writer) => {
      const local = await writer.get(localInstances, id)
      if (local) await writer.put(localInstances, change(readLocal(local)))
    })
  }

  /** Drops the last memory of an instance; its namespace addresses rest. */
  async forget(id: string): Promise<void> {
    const { store, clock } = this.#options
    await store.write(async (writer) => {
      const local = await writer.get(localInstances, id)
      if (!local) return
      await writer.put(restingAddresses, { address: local.namespaceV4, freedAtMs: clock.wallMs() })
      await writer.remove(localInstances, id)
    })
    this.noteWorkload(id, undefined)
    this.#progress.delete(id)
    this.#refusals.delete(id)
    this.#restarts.forget(id)
  }

  /** Notes what the runtime said of an instance; `undefined`: it has no workload. Gives whether that is news. */
  noteWorkload(id: string, workload: Workload | undefined): boolean {
    const before = JSON.stringify(this.#workloads.get(id))
    this.#runTimes.note(id, workload)
    if (workload) this.#workloads.set(id, workload)
    else this.#workloads.delete(id)
    const isNews = before !== JSON.stringify(workload)
    if (isNews) this.#changed(id)
    return isNews
  }

  noteProgress(id: string, progress: string): void {
    this.#progress.set(id, progress)
    this.#changed(id)
  }

  /** Notes what its health check says; `undefined`: it is not asked any more. */
  noteVerdict(id: string, verdict: HealthVerdict | undefined): void {
    if (verdict) this.#verdicts.set(id, verdict)
    else this.#verdicts.delete(id)
    this.#changed(id)
  }

  /** To be told when an instance has to end for its cluster's silence, or need not any more. */
  silenceChanged(id: string): void {
    this.#changed(id)
  }

  /** What is known, with what time and machine say about it now. */
  situation(id: string, known: Known): InstanceSituation {
    const workload = this.#workloads.get(id)
    const health = this.#healthOf(known, workload)
    const { notBeforeMs, strikes = 0 } = known.local ?? {}
    const { silentMs, startsInMs } = this.#options.contact
    return {
      ...known,
      workload,
      waitMs: notBeforeMs === undefined ? 0 : this.#restarts.remainingMs(id, notBeforeMs, longestRestartDelayMs(strikes)),
      ranMs: this.#runTimes.ranMs(known.local, workload),
      silentMs,
      startsInMs,
      ...(health && { health }),
    }
  }

  async get(id: string): Promise<ObservedInstance | undefined> {
    const { store, identity } = this.#options
    const { known, isWanted } = await store.read(async (reader) => ({
      known: await knownIn(reader, id),
      isWanted: (await reader.get(inboxItems, id))?.kind === 'instance',
    }))
    const refusal = known.problem ?? this.#refusals.get(id)
    if (!known.local && isWanted && refusal !== undefined) return deriveRefused(id, refusal, identity)
    return deriveObserved(this.situation(id, known), this.#progress.get(id) ?? '', identity)
  }

  async networkView(): Promise<NetworkView | undefined> {
    return this.#options.store.read(async (reader) => {
      const place = await this.#places.read(reader)
      if (!place) return undefined
      const wanted = new Set((await wantedIn(reader)).map((item) => item.id))
      // One that is detached and not wanted is on its way out: nothing in the kernel is for it, its service's addresses included.
      const members = (await reader.list(localInstances)).map(readLocal).filter((local) => local.attached || wanted.has(local.id))
      return { place, members: members.map((local) => ({ local, ...this.#readiness(local) })) }
    })
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** To be told of every commit: what is reported follows from the document, from memory, and from what was noted here. */
  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) {
      if (collection === localInstances.name || (collection === inboxItems.name && !overlaySubject(key))) this.#changed(key)
    }
  }

  #readiness(local: LocalInstance): { readonly running: boolean; readonly ready: boolean } {
    const workload = this.#workloads.get(local.id)
    const running = workload?.state.state === 'running'
    const health = this.#healthOf({ spec: local.spec, local }, workload)
    return { running, ready: running && (health === undefined || health.state === 'healthy') }
  }

  /** What is known of a process from before this agent holds until its first answer. */
  #healthOf({ spec, local }: Pick<Known, 'spec' | 'local'>, workload: Workload | undefined): HealthVerdict | undefined {
    if (!spec?.health || !local || workload?.state.state !== 'running') return undefined
    return this.#verdicts.get(local.id) ?? { state: local.healthy ? 'healthy' : 'starting', reason: '' }
  }

  #changed(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }

  #withRefusal(id: string, refusal: string | undefined, known: Known): Known {
    if (refusal === undefined) this.#refusals.delete(id)
    else this.#noteRefusal(id, refusal)
    return known
  }

  #noteRefusal(id: string, refusal: string): void {
    if (this.#refusals.get(id) === refusal) return
    this.#refusals.set(id, refusal)
    this.#changed(id)
  }

  #admitNew(id: string): Promise<Known> {
    return this.#options.store.write(async (writer) => {
      const known = await knownIn(writer, id)
      const place = await this.#places.read(writer)
      if (known.local || !known.spec || !place) return known
      return { ...known, local: await this.#remember(writer, known.spec, place) }
    })
  }

  async #remember(writer: Writer, spec: InstanceSpec, place: Place): Promise<LocalInstance> {
    const locals = await writer.list(localInstances)
    const addresses = chooseAddresses(place, new Set(locals.map((local) => local.namespaceV4)), await this.#resting(writer))
    const local = { id: spec.instanceId, spec, ...addresses, attached: false, restarts: 0, strikes: 0 }
    await writer.put(localInstances, local)
    await writer.remove(restingAddresses, addresses.namespaceV4)
    return local
  }

  /** Addresses still at rest, each with when it was freed; those that have rested enough are let go. */
  async #resting(writer: Writer): Promise<ReadonlyMap<string, number>> {
    const resting = new Map<string, number>()
    for (const { address, freedAtMs } of await writer.list(restingAddresses)) {
      if (this.#rests.remainingMs(address, freedAtMs + ADDRESS_REST_MS, ADDRESS_REST_MS) > 0) resting.set(address, freedAtMs)
      else {
        await writer.remove(restingAddresses, address)
        this.#rests.forget(address)
      }
    }
    return resting
  }
}

async function knownIn(reader: Reader, id: string): Promise<Known> {
  const remembered = await reader.get(localInstances, id)
  const local = remembered && readLocal(remembered)
  const { spec, problem } = readWanted(await reader.get(inboxItems, id))
  return problem === undefined ? { spec, local } : { spec: local?.spec, local, problem }
}

function wantedIn(reader: Reader): Promise<readonly InboxItem[]> {
  return reader.list(inboxItems, { index: 'kind', equals: 'instance' })
}
