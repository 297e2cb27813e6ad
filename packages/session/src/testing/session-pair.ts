import { type Clock, type Logger, type Random, silentLogger } from '@oakestra/base'
import { seededIds } from '@oakestra/base/testing'
import { memoryAuthority } from '@oakestra/pki/testing'
import { createMemoryStore, type MemoryStore } from '@oakestra/store/testing'
import { type ChildSession, createChildSession } from '../child-session.ts'
import { INBOX_COLLECTIONS, Inbox, type InboxItem, inboxItems } from '../document/inbox.ts'
import { OUTBOX_COLLECTIONS, Outbox, type OutboxEntry, outboxEntries } from '../document/outbox.ts'
import type { ObservedReport, ParentHandlers } from '../parent-options.ts'
import { createParentSessions, type ParentSessions } from '../parent-sessions.ts'
import type { MemoryNetwork } from '../transport/testing/memory-network.ts'
import type { ConnectionEnd } from '../transport/transport.ts'

/** The one child of a pair. */
export const PAIR_CHILD = 'c'.repeat(24)
const DOOR = 'door'

/** A child that sees what it is told to see. */
class Sight {
  readonly seen = new Map<string, { readonly id: string; readonly version: number }>()
  readonly #listeners = new Set<(id: string) => void>()

  ids = async () => [...this.seen.keys()]
  get = async (id: string) => this.seen.get(id)

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  set(id: string, version: number | undefined): void {
    if (version === undefined) this.seen.delete(id)
    else this.seen.set(id, { id, version })
    for (const listener of this.#listeners) listener(id)
  }
}

export interface SessionPairOptions {
  readonly network: MemoryNetwork
  readonly clock: Clock
  readonly random: Random
  readonly handlers?: Partial<ParentHandlers>
  readonly logger?: Logger
}

/** A parent and a child over a network in memory, each of which can be stopped and started, with other stores if need be. */
export class SessionPair implements AsyncDisposable {
  readonly sight = new Sight()
  readonly reports: ObservedReport[] = []
  readonly ends: ConnectionEnd[] = []
  /** What the parent makes of the reports: the ids it believes to be seen, with their versions. */
  readonly believed = new Map<string, number>()
  readonly parentStore: MemoryStore = createMemoryStore({ collections: OUTBOX_COLLECTIONS })
  readonly childStore: MemoryStore = createMemoryStore({ collections: INBOX_COLLECTIONS })
  outbox = new Outbox('none')
  parent: ParentSessions | undefined
  child: ChildSession | undefined
  #epochs = 0
  readonly #options: SessionPairOptions

  private constructor(options: SessionPairOptions) {
    this.#options = options
  }

  static async start(options: SessionPairOptions): Promise<SessionPair> {
    const pair = new SessionPair(options)
    await pair.startParent()
    pair.startChild()
    return pair
  }

  async startParent(): Promise<void> {
    const { network, clock, handlers, logger = silentLogger } = this.#options
    this.#epochs += 1
    this.outbox = await Outbox.open(this.parentStore, seededIds(this.#epochs))
    this.parent = await createParentSessions({
      transport: network.parent(DOOR, 'cluster'),
      store: this.parentStore,
      outbox: this.outbox,
      authority: await memoryAuthority(),
      admission: { enlist: async () => PAIR_CHILD, isWelcome: async () => true },
      handlers: {
        onConnected: async () => undefined,
        onDisconnected: (_childId, end) => void this.ends.push(end),
        onFacts: async () => undefined,
        onObserved: async (_writer, _childId, report) => this.#believe(report),
        onSamples: () => undefined,
        onRequest: async (_childId, method, params) => ({ method, params }),
        ...handlers,
      },
      clock,
      logger,
    })
  }

  startChild(): void {
    const { network, clock, random, logger = silentLogger } = this.#options
    this.child = createChildSession({
      transport: network.child({ kind: 'cluster', id: PAIR_CHILD }, DOOR),
      inbox: new Inbox(this.childStore),
      facts: async () => ({ name: 'c' }),
      observed: this.sight,
      onRequest: async () => {
        throw new Error('no such question')
      },
      clock,
      random,
      logger,
    })
  }

  async stopParent(): Promise<void> {
    await this.parent?.[Symbol.asyncDispose]()
    this.parent = undefined
  }

  async stopChild(): Promise<void> {
    await this.child?.[Symbol.asyncDispose]()
    this.child = undefined
  }

  put(id: string, body: unknown = id): Promise<void> {
    return this.parentStore.write((writer) => this.outbox.put(writer, PAIR_CHILD, { id, kind: 'instance', body }))
  }

  remove(id: string): Promise<void> {
    return this.parentStore.write((writer) => this.outbox.remove(writer, PAIR_CHILD, id))
  }

  /** What the child holds: `id=body`. */
  held(): string {
    return this.childStore
      .peek<InboxItem>(inboxItems)
      .map(({ id, body }) => `${id}=${String(body)}`)
      .join()
  }

  /** What it is meant to hold. */
  wanted(): string {
    const entries = this.parentStore.peek<OutboxEntry>(outboxEntries).filter(({ removed }) => !removed)
    return entries.map(({ item }) => `${item.id}=${String(item.body)}`).join()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopChild()
    await this.stopParent()
    await this.childStore[Symbol.asyncDispose]()
    await this.parentStore[Symbol.asyncDispose]()
  }

  #believe(report: ObservedReport): void {
    this.reports.push(report)
    if (report.mode === 'all') this.believed.clear()
    for (const { id, version } of report.put as readonly { id: string; version: number }[]) this.believed.set(id, version)
    for (const id of report.gone) this.believed.delete(id)
  }
}
