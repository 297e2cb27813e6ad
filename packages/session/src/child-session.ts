import { type BackoffOptions, backoffMs, type Clock, LIMITS, type Logger, OakError, type Random, toOakError } from '@oakestra/base'
import { HELD_ITEMS_METHOD, heldItemsRequestSchema, parseWire, SESSION_PROTOCOL, type SessionMessage } from '@oakestra/wire'
import type { Inbox } from './document/inbox.ts'
import { MessageQueue } from './message-queue.ts'
import { Numbering } from './numbering.ts'
import { type Renewable, Renewal } from './renewal.ts'
import type { ObservedSource } from './reporter.ts'
import { Reporter } from './reporter.ts'
import { type RequestHandler, RequestLane } from './request-lane.ts'
import type { Channel, ChildTransport, ConnectionEnd } from './transport/transport.ts'

// A parent that restarts is back within a second; one that is away for a week is not asked more than every ten seconds.
const RECONNECT = { firstMs: 200, maxMs: 10_000 }
// A parent that says no, because the child was removed or its machine was cloned, goes on saying so until a person acts: 30 to 60 s.
const AFTER_REFUSAL = { firstMs: 60_000, maxMs: 60_000 }

export interface ChildSessionOptions {
  readonly transport: ChildTransport
  readonly inbox: Inbox
  /** What this child is; sent at connect and whenever `factsChanged` is called. */
  readonly facts: () => Promise<unknown>
  readonly observed: ObservedSource
  readonly onRequest: RequestHandler
  /** Absent for a child without certificate, as in a network in memory. */
  readonly renewable?: Renewable
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** The child's end of a session: keeps a connection to the parent whenever there can be one. */
export interface ChildSession extends AsyncDisposable {
  readonly connected: boolean
  factsChanged(): void
  sendSamples(body: unknown): void
  /** @throws OakError `unavailable` at once while there is no connection */
  request(method: string, params: unknown, timeoutMs: number): Promise<unknown>
}

export function createChildSession(options: ChildSessionOptions): ChildSession {
  return new Session(options)
}

class Session implements ChildSession {
  readonly #options: ChildSessionOptions
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #link: Link | undefined

  constructor(options: ChildSessionOptions) {
    this.#options = options
    this.#running = this.#keepConnected()
  }

  get connected(): boolean {
    return this.#link !== undefined
  }

  factsChanged(): void {
    this.#link?.sendFacts()
  }

  sendSamples(body: unknown): void {
    this.#link?.send({ type: 'samples', body })
  }

  request(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    if (!this.#link) return Promise.reject(new OakError('unavailable', 'not connected to the parent'))
    return this.#link.requests.request(method, params, timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#link?.close('going away', 'left')
    await this.#running
  }

  async #keepConnected(): Promise<void> {
    const { clock, random, logger } = this.#options
    const signal = this.#stop.signal
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      let pause: BackoffOptions = RECONNECT
      try {
        const heldMs = await this.#holdOnce(signal)
        if (heldMs > RECONNECT.maxMs) attempt = 0
      } catch (thrown) {
        if (signal.aborted) return
        const { code, message } = toOakError(thrown)
        if (code === 'forbidden' || code === 'conflict') pause = AFTER_REFUSAL
        const level = attempt === 0 || pause === AFTER_REFUSAL ? 'warn' : 'debug'
        logger[level]('no connection to the parent', { err: message, attempt })
      }
      await clock.sleep(backoffMs(attempt, pause, random), signal).catch(() => undefined)
    }
  }

  /** One connection from its beginning to its end. Gives how long it held, in milliseconds. */
  async #holdOnce(signal: AbortSignal): Promise<number> {
    const { clock, logger, transport } = this.#options
    const channel = await transport.connect(signal)
    const startMs = clock.monotonicMs()
    const link = new Link(channel, this.#options)
    this.#link = link
    logger.info('connected to the parent', { address: channel.peer.address })
    const { how, reason, silentMs } = await link.ended
    this.#link = undefined
    logger.warn('connection to the parent ended', { how, reason, silentMs: Math.round(silentMs) })
    return clock.monotonicMs() - startMs
  }
}

/** One connection and what is said over it. */
class Link {
  readonly ended: Promise<ConnectionEnd>
  readonly requests: RequestLane
  readonly #channel: Channel
  readonly #options: ChildSessionOptions
  readonly #reporter: Reporter
  readonly #queue: MessageQueue
  readonly #numbering: Numbering
  readonly #renewal: Renewal | undefined
  /** What was to be said before hello, which comes first; undefined once that is said. */
  #early: SessionMessage[] | undefined = []

  constructor(channel: Channel, options: ChildSessionOptions) {
    this.#channel = channel
    this.#options = options
    this.#numbering = new Numbering(options.clock, (text) => channel.send(text))
    const send = (message: SessionMessage) => this.send(message)
    this.requests = new RequestLane(send, (method, params) => this.#answer(method, params), options.clock)
    const onFailure = (thrown: unknown) => this.close(toOakError(thrown).message)
    this.#reporter = new Reporter({ source: options.observed, inbox: options.inbox, clock: options.clock, send, onFailure })
    this.#queue = new MessageQueue((text) => this.#receive(text), onFailure)
    const ask = (method: string, params: unknown, timeoutMs: number) => this.requests.request(method, params, timeoutMs)
    const { renewable, clock, logger } = options
    this.#renewal = renewable && new Renewal({ renewable, ask, clock, logger })
    this.ended = new Promise((resolve) => channel.onClose(resolve))
    void this.ended.then(({ reason }) => this.#over(reason))
    channel.onMessage((text) => this.#queue.push(text))
    options.inbox.startOver()
    void this.#greet().catch(onFailure)
  }

  /** @throws OakError `resource-exhausted` for more than can wait for the greeting */
  send(message: SessionMessage): void {
    if (!this.#early) return this.#numbering.send(message)
    if (this.#early.length >= LIMITS.sessionRequestsInFlight) throw new OakError('resource-exhausted', 'too much is to be said at once')
    this.#early.push(message)
  }

  sendFacts(): void {
    const send = async () => this.send({ type: 'facts', body: await this.#options.facts() })
    void send().catch((thrown) => this.#options.logger.warn('could not gather facts', { err: toOakError(thrown).message }))
  }

  close(reason: string, how?: 'left'): void {
    this.#channel.close(reason, how)
  }

  async #greet(): Promise<void> {
    const { inbox } = this.#options
    const holds = await inbox.head()
    const newParent = await inbox.expectsNewParent()
    const facts = await this.#options.facts()
    const hello = { type: 'hello', protocol: SESSION_PROTOCOL, ...(holds && { holds }), ...(newParent && { newParent }), facts } as const
    const early = this.#early ?? []
    this.#early = undefined
    for (const message of [hello, ...early]) this.send(message)
    this.#reporter.start()
    void this.#renewal?.check()
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    if (method !== HELD_ITEMS_METHOD) return this.#options.onRequest(method, params)
    return this.#options.inbox.page(parseWire(heldItemsRequestSchema, params, 'request for held items').after)
  }

  async #receive(text: string): Promise<void> {
    const message = this.#numbering.take(text)
    if (!message) return
    if (message.type === 'document') await this.#take(message)
    else if (message.type === 'request') this.requests.onRequest(message)
    else if (message.type === 'response') this.requests.onResponse(message)
    else throw new OakError('bad-request', `a parent does not say ${message.type}`)
  }

  async #take(message: Extract<SessionMessage, { type: 'document' }>): Promise<void> {
    const result = await this.#options.inbox.apply(message)
    if (!result) return
    if (result.ok) {
      this.send({ type: 'ack', generation: result.generation })
      this.#reporter.generationChanged(message.mode)
      return
    }
    const holds = await this.#options.inbox.head()
    this.#options.logger.warn('refused a document', { reason: result.reason, generation: message.head.generation })
    this.send({ type: 'refuse', reason: result.reason, ...(holds && { holds }) })
  }

  #over(reason: string): void {
    this.#queue.close()
    this.#numbering.close()
    this.#reporter.close()
    this.#renewal?.close()
    this.requests.close(reason)
  }
}
