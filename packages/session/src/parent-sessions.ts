import { OakError, toOakError } from '@oakestra/base'
import { admitChild } from '@oakestra/pki'
import { outboxEntries } from './document/outbox.ts'
import { ParentLink } from './parent-link.ts'
import type { ParentSessionsOptions } from './parent-options.ts'
import type { Channel, ConnectionEnd, ExpectedStream, Listener } from './transport/transport.ts'

/** The parent's ends of the sessions with all its children. */
export interface ParentSessions extends AsyncDisposable {
  readonly port: number
  connected(): ReadonlySet<string>
  /** @throws OakError `unavailable` when the child is not connected, else what the child answers */
  request(childId: string, method: string, params: unknown, timeoutMs: number): Promise<unknown>
  expectStream(childId: string, timeoutMs: number, signal: AbortSignal): ExpectedStream
  /** Ends the connection of a child, for example one that no longer belongs. */
  disconnect(childId: string, reason: string): void
}

/** Listens for children and serves each its document. */
export async function createParentSessions(options: ParentSessionsOptions): Promise<ParentSessions> {
  const sessions = new Sessions(options)
  await sessions.listen()
  return sessions
}

class Sessions implements ParentSessions {
  readonly #options: ParentSessionsOptions
  readonly #links = new Map<string, ParentLink>()
  /** Of each child: when the end of its last connection has been told. */
  readonly #farewells = new Map<string, Promise<void>>()
  #listener: Listener | undefined
  #unsubscribe: () => void = () => undefined

  constructor(options: ParentSessionsOptions) {
    this.#options = options
  }

  async listen(): Promise<void> {
    const { transport, store, admission, authority, clock } = this.#options
    this.#unsubscribe = store.onCommit((changes) => {
      for (const change of changes) if (change.collection === outboxEntries.name) this.#documentChanged(change.key)
    })
    this.#listener = await transport.listen({
      onChannel: (channel) => this.#welcome(channel),
      accepts: (peer) => admission.isWelcome(peer.id),
      admit: (request, address) => admitChild({ store, authority, clock, enlist: admission.enlist }, request, address),
    })
  }

  get port(): number {
    return this.#open().port
  }

  connected(): ReadonlySet<string> {
    return new Set([...this.#links].filter(([, link]) => link.greeted).map(([childId]) => childId))
  }

  request(childId: string, method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const link = this.#links.get(childId)
    if (!link?.greeted) return Promise.reject(new OakError('unavailable', `${childId} is not connected`))
    return link.requests.request(method, params, timeoutMs)
  }

  expectStream(childId: string, timeoutMs: number, signal: AbortSignal): ExpectedStream {
    return this.#open().expectStream({ childId, timeoutMs, signal })
  }

  disconnect(childId: string, reason: string): void {
    this.#links.get(childId)?.close(reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    const farewells = [...this.#farewells.values()]
    await this.#listener?.[Symbol.asyncDispose]()
    await Promise.all(farewells)
  }

  #open(): Listener {
    if (!this.#listener) throw new OakError('unavailable', 'not listening for children')
    return this.#listener
  }

  #documentChanged(key: string): void {
    const [childId, itemId] = key.split(' ')
    if (childId && itemId) this.#links.get(childId)?.itemChanged(itemId)
  }

  #welcome(channel: Channel): void {
    const childId = channel.peer.id
    const before = this.#farewells.get(childId) ?? Promise.resolve()
    const link = new ParentLink(channel, this.#options, before)
    this.#links.set(childId, link)
    const farewell = Promise.all([before, this.#followToEnd(childId, link)]).then(() => {
      if (this.#farewells.get(childId) === farewell) this.#farewells.delete(childId)
    })
    this.#farewells.set(childId, farewell)
  }

  /** Handlers hear of each connection of a child that it came and then that it went, one connection after the other. */
  async #followToEnd(childId: string, link: ParentLink): Promise<void> {
    const end = await link.ended
    if (this.#links.get(childId) === link) this.#links.delete(childId)
    if (!link.announced) return
    await link.announced
    this.#disconnected(childId, end)
  }

  #disconnected(childId: string, end: ConnectionEnd): void {
    try {
      this.#options.handlers.onDisconnected(childId, end)
    } catch (thrown) {
      this.#options.logger.error('could not take note of a lost child', { child: childId, err: toOakError(thrown).message })
    }
  }
}
