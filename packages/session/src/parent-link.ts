import { OakError, toOakError } from '@oakestra/base'
import { parseWire, SESSION_PROTOCOL, type SessionMessage } from '@oakestra/wire'
import { DocumentFeed } from './document/document-feed.ts'
import { MessageQueue } from './message-queue.ts'
import { Numbering } from './numbering.ts'
import type { ParentSessionsOptions } from './parent-options.ts'
import { PARTS_MAX } from './parts.ts'
import { RENEW_METHOD, renewRequestSchema } from './renewal.ts'
import { RequestLane } from './request-lane.ts'
import type { Channel, ConnectionEnd } from './transport/transport.ts'

type Hello = Extract<SessionMessage, { type: 'hello' }>
type Observed = Extract<SessionMessage, { type: 'observed' }>

/** One child's connection, as its parent sees it. */
export class ParentLink {
  readonly ended: Promise<ConnectionEnd>
  readonly requests: RequestLane
  readonly #channel: Channel
  readonly #options: ParentSessionsOptions
  readonly #queue: MessageQueue
  readonly #numbering: Numbering
  readonly #feed: DocumentFeed
  #observedParts: Observed[] = []
  readonly #farewell: Promise<void>
  #greeted = false
  #isOver = false
  #announcement: Promise<void> | undefined

  /** @param farewell resolves when it is said that the connection this child had before has ended */
  constructor(channel: Channel, options: ParentSessionsOptions, farewell: Promise<void>) {
    this.#channel = channel
    this.#farewell = farewell
    this.#options = options
    const onFailure = (thrown: unknown) => this.close(toOakError(thrown).message)
    const { clock } = options
    this.#numbering = new Numbering(clock, (text) => channel.send(text))
    this.requests = new RequestLane(
      (message) => this.#numbering.send(message),
      (method, params) => this.#answer(method, params),
      clock,
    )
    this.#feed = this.#createFeed(onFailure)
    this.#queue = new MessageQueue((text) => this.#receive(text), onFailure)
    this.ended = new Promise((resolve) => channel.onClose(resolve))
    void this.ended.then(({ reason }) => this.#over(reason))
    channel.onMessage((text) => this.#queue.push(text))
  }

  /** True once the child has said who and what it is. */
  get greeted(): boolean {
    return this.#greeted
  }

  /** Resolves once the parent has taken note of this child, whether it could or not; undefined when it was never told. */
  get announced(): Promise<void> | undefined {
    return this.#announcement?.catch(() => undefined)
  }

  itemChanged(itemId: string): void {
    this.#feed.itemChanged(itemId)
  }

  close(reason: string): void {
    this.#channel.close(reason)
  }

  get #childId(): string {
    return this.#channel.peer.id
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    const { id, kind } = this.#channel.peer
    if (method !== RENEW_METHOD || kind === 'root') return this.#options.handlers.onRequest(id, method, params)
    const { csrPem } = parseWire(renewRequestSchema, params, 'request for a certificate')
    return this.#options.authority.issueClient({ kind, id, csrPem })
  }

  #createFeed(onFailure: (thrown: unknown) => void): DocumentFeed {
    const { store, outbox, handlers, clock, logger } = this.#options
    return new DocumentFeed({
      childId: this.#childId,
      store,
      outbox,
      clock,
      logger,
      send: (message) => this.#numbering.send(message),
      ask: (method, params, timeoutMs) => this.requests.request(method, params, timeoutMs),
      onUnknownDocument: handlers.onUnknownDocument?.bind(handlers) ?? ((writer, childId, items) => outbox.adopt(writer, childId, items)),
      onFailure,
    })
  }

  async #receive(text: string): Promise<void> {
    const message = this.#numbering.take(text)
    if (!message) return
    if (message.type === 'hello') return this.#hello(message)
    if (!this.#greeted) throw new OakError('bad-request', 'a child says hello first')
    switch (message.type) {
      case 'ack':
        return this.#feed.accepted()
      case 'refuse':
        return this.#feed.refused(message.reason, message.holds)
      case 'observed':
        return this.#observed(message)
      case 'facts':
        return this.#options.handlers.onFacts(this.#childId, message.body)
      case 'samples':
        return this.#options.handlers.onSamples(this.#childId, message.body)
      case 'request':
        return this.requests.onRequest(message)
      case 'response':
        return this.requests.onResponse(message)
      default:
        throw new OakError('bad-request', `a child does not say ${message.type}`)
    }
  }

  async #hello(message: Hello): Promise<void> {
    if (this.#greeted) throw new OakError('bad-request', 'hello is said once')
    if (message.protocol !== SESSION_PROTOCOL) {
      throw new OakError(
        'not-supported',
        `this parent speaks session protocol ${SESSION_PROTOCOL}, the child ${message.protocol}; upgrade the older one`,
      )
    }
    await this.#farewell
    if (this.#isOver) return
    this.#announcement = this.#options.handlers.onConnected(this.#childId, message.facts, this.#channel.peer.address)
    await this.#announcement
    if (this.#isOver) return
    this.#greeted = true
    await this.#feed.begin(message)
  }

  async #observed(message: Observed): Promise<void> {
    this.#observedParts.push(message)
    if (this.#observedParts.length > PARTS_MAX) throw new OakError('bad-request', `a report has more than ${PARTS_MAX} parts`)
    if (message.more) return
    const parts = this.#observedParts
    this.#observedParts = []
    const { mode, generation } = message
    const report = { mode, generation, put: parts.flatMap((part) => part.put), gone: parts.flatMap((part) => part.gone) }
    await this.#options.store.write(async (writer) => {
      await this.#options.handlers.onObserved(writer, this.#childId, report)
      if (generation >= this.#feed.settlesFrom) await this.#options.outbox.settle(writer, this.#childId, generation)
    })
  }

  #over(reason: string): void {
    this.#isOver = true
    this.#queue.close()
    this.#numbering.close()
    this.#feed.close()
    this.requests.close(reason)
  }
}
