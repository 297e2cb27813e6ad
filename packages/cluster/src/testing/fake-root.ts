import { type Clock, OakError, silentLogger } from '@oakestra/base'
import { seededIds } from '@oakestra/base/testing'
import type { ClusterFacts, InstanceSpec, ObservedInstance } from '@oakestra/model'
import type { Authority } from '@oakestra/pki'
import {
  createParentSessions,
  OUTBOX_COLLECTIONS,
  Outbox,
  type ParentHandlers,
  type ParentSessions,
  type ParentTransport,
} from '@oakestra/session'
import { openSqliteStore, type Store } from '@oakestra/store'
import { clusterFactsSchema, gatewayItemId, interestItemId, observedInstanceSchema, parseWire, peerItemId } from '@oakestra/wire'

export interface FakeRootOptions {
  readonly clusterId: string
  readonly transport: ParentTransport
  readonly authority: Authority
  readonly clock: Clock
}

/** A root that says what it wants and listens. */
export class FakeRoot {
  /** What the cluster last said of each instance. */
  readonly seen = new Map<string, ObservedInstance>()
  /** What the cluster last said of interests, peers and gateways, by id. */
  readonly overlay = new Map<string, unknown>()
  readonly facts: ClusterFacts[] = []
  /** What it answers when it is asked something. */
  answer: (params: unknown) => Promise<unknown> = async () => undefined
  readonly #options: FakeRootOptions
  readonly #store: Store
  readonly #outbox: Outbox
  #sessions: ParentSessions | undefined

  static async start(options: FakeRootOptions): Promise<FakeRoot> {
    const store = await openSqliteStore({ file: ':memory:', collections: [...OUTBOX_COLLECTIONS] })
    const root = new FakeRoot(options, store, await Outbox.open(store, seededIds(9)))
    await root.#listen()
    return root
  }

  private constructor(options: FakeRootOptions, store: Store, outbox: Outbox) {
    this.#options = options
    this.#store = store
    this.#outbox = outbox
  }

  async want(...specs: readonly InstanceSpec[]): Promise<void> {
    await this.put(...specs.map((spec) => ({ id: spec.instanceId, kind: 'instance', body: spec })))
  }

  /** Puts items as they are into the cluster's document. */
  async put(...items: readonly { readonly id: string; readonly kind: string; readonly body: unknown }[]): Promise<void> {
    await this.#store.write(async (writer) => {
      for (const item of items) await this.#outbox.put(writer, this.#options.clusterId, item)
    })
  }

  async remove(...ids: readonly string[]): Promise<void> {
    await this.#store.write(async (writer) => {
      for (const id of ids) await this.#outbox.remove(writer, this.#options.clusterId, id)
    })
  }

  /** Of its documents. */
  epoch(): Promise<string> {
    return this.#store.read(async (reader) => (await this.#outbox.head(reader, this.#options.clusterId)).epoch)
  }

  request(method: string, params: unknown): Promise<unknown> {
    if (!this.#sessions) throw new Error('root does not run')
    return this.#sessions.request(this.#options.clusterId, method, params, 60_000)
  }

  /** Of one instance: the state, and who has it. */
  says(id: string): string {
    const seen = this.seen.get(id)
    return seen ? [seen.state, seen.nodeName].filter(Boolean).join(' ') : 'nothing'
  }

  async dispose(): Promise<void> {
    await this.#sessions?.[Symbol.asyncDispose]()
    await this.#store[Symbol.asyncDispose]()
  }

  async #listen(): Promise<void> {
    const { transport, authority, clock } = this.#options
    const enlist = async () => {
      throw new OakError('forbidden', 'nobody joins here')
    }
    const admission = { isWelcome: async () => true, enlist }
    const [store, outbox] = [this.#store, this.#outbox]
    const shared = { transport, store, outbox, authority, admission, clock, logger: silentLogger }
    this.#sessions = await createParentSessions({ ...shared, handlers: this.#handlers() })
  }

  #handlers(): ParentHandlers {
    const noteFacts = async (_clusterId: string, value: unknown) => {
      this.facts.push(parseWire(clusterFactsSchema, value, 'facts'))
    }
    return {
      onConnected: noteFacts,
      onDisconnected: () => undefined,
      onFacts: noteFacts,
      onObserved: async (_writer, _clusterId, { mode, put, gone }) => {
        if (mode === 'all') this.seen.clear()
        if (mode === 'all') this.overlay.clear()
        for (const value of put) {
          const id = overlayId(value)
          if (id !== undefined) {
            this.overlay.set(id, value)
            continue
          }
          const observed = parseWire(observedInstanceSchema, value, 'observed')
          this.seen.set(observed.instanceId, observed)
        }
        for (const id of gone) {
          this.seen.delete(id)
          this.overlay.delete(id)
        }
      },
      onSamples: () => undefined,
      onRequest: async (_clusterId, _method, params) => this.answer(params),
    }
  }
}

function overlayId(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined
  if (value.kind === 'interest' && 'serviceId' in value) return interestItemId(String(value.serviceId))
  if (value.kind === 'gateway' && 'serviceId' in value) return gatewayItemId(String(value.serviceId))
  return 'nodeId' in value ? peerItemId(String(value.nodeId)) : undefined
}
