import { OakError, toOakError } from '@oakestra/base'
import {
  type DocumentHead,
  type DocumentMessage,
  parseSessionMessage,
  parseWire,
  renderSessionMessage,
  SESSION_PROTOCOL,
  type SessionMessage,
} from '@oakestra/wire'
import type { OutboxEntry } from './document/outbox.ts'
import { Gather } from './gather.ts'
import { MessageQueue } from './message-queue.ts'
import type { ParentSessionsOptions } from './parent-options.ts'
import { inParts } from './parts.ts'
import { RENEW_METHOD, renewRequestSchema } from './renewal.ts'
import { RequestLane } from './request-lane.ts'
import type { Channel, ConnectionEnd } from './transport/transport.ts'

type Hello = Extract<SessionMessage, { type: 'hello' }>
type Observed = Extract<SessionMessage, { type: 'observed' }>

// Decisions often come in bursts of one transaction each; a few milliseconds put them into one message.
const GATHER = { firstMs: 1, spacingMs: 20 }

/** One child's connection, as its parent sees it. */
export class ParentLink {
  readonly ended: Promise<ConnectionEnd>
  readonly requests: RequestLane
  readonly #channel: Channel
  readonly #options: ParentSessionsOptions
  readonly #queue: MessageQueue
  readonly #gather: Gather
  readonly #changed = new Set<string>()
  #observedParts: Observed[] = []
  #greeted = false
  /** The generation the child has, or will have when everything sent has arrived. */
  #sent = 0

  constructor(channel: Channel, options: ParentSessionsOptions) {
    this.#channel = channel
    this.#options = options
    const onFailure = (thrown: unknown) => this.close(toOakError(thrown).message)
    this.requests = new RequestLane(
      (message) => this.#send(message),
      (method, params) => this.#answer(method, params),
      options.clock,
    )
    this.#gather = new Gather({ clock: options.clock, ...GATHER }, () => this.#sendChanges(), onFailure)
    this.#queue = new MessageQueue((text) => this.#receive(text), onFailure)
    this.ended = new Promise((resolve) => channel.onClose(resolve))
    void this.ended.then(({ reason }) => this.#over(reason))
    channel.onMessage((text) => this.#queue.push(text))
  }

  /** True once the child has said who and what it is. */
  get greeted(): boolean {
    return this.#greeted
  }

  itemChanged(itemId: string): void {
    this.#changed.add(itemId)
    if (this.#greeted) this.#gather.nudge()
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

  #send(message: SessionMessage): void {
    this.#channel.send(renderSessionMessage(message))
  }

  async #receive(text: string): Promise<void> {
    const message = parseSessionMessage(text)
    if (message.type === 'hello') return this.#hello(message)
    if (!this.#greeted) throw new OakError('bad-request', 'a child says hello first')
    switch (message.type) {
      case 'ack':
        return
      case 'refuse':
        return this.#refused(message.reason, message.holds)
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
    await this.#options.handlers.onConnected(this.#childId, message.facts, this.#channel.peer.address)
    this.#greeted = true
    await this.#catchUp(message.holds)
  }

  /** Sends what the child lacks: nothing, the changes since what it holds, or everything. */
  async #catchUp(holds: DocumentHead | undefined): Promise<void> {
    const { store, outbox } = this.#options
    this.#changed.clear()
    const { head, entries } = await store.read(async (reader) => {
      const current = await outbox.head(reader, this.#childId)
      const known = holds?.epoch === current.epoch && holds.generation <= current.generation ? holds.generation : undefined
      return { head: current, entries: await outbox.since(reader, this.#childId, known) }
    })
    if (!holds) return this.#sendDocument('all', head, undefined, entries)
    if (holds.epoch !== head.epoch || holds.generation > head.generation) return this.#sendAnew(holds.generation)
    if (holds.generation < head.generation) return this.#sendDocument('change', head, holds.generation, entries)
    if (holds.digest !== head.digest) return this.#sendAnew(holds.generation)
    this.#sent = head.generation
  }

  /** The whole document under a generation above `beyond`. */
  async #sendAnew(beyond: number): Promise<void> {
    const { store, outbox } = this.#options
    this.#changed.clear()
    const { head, entries } = await store.write(async (writer) => ({
      head: await outbox.advanceBeyond(writer, this.#childId, beyond),
      entries: await outbox.since(writer, this.#childId),
    }))
    this.#sendDocument('all', head, undefined, entries)
  }

  async #sendChanges(): Promise<void> {
    const { store, outbox } = this.#options
    const from = this.#sent
    const { head, entries } = await store.read(async (reader) => {
      // Taken inside the section: the store tells of every commit before a later section begins, so none is missed.
      const ids = [...this.#changed]
      this.#changed.clear()
      return {
        head: await outbox.head(reader, this.#childId),
        entries: await Promise.all(ids.map((id) => outbox.entry(reader, this.#childId, id))),
      }
    })
    if (head.generation <= this.#sent) return
    const later = entries.filter((entry) => entry !== undefined).filter((entry) => entry.generation > from)
    this.#sendDocument('change', head, from, later)
  }

  #sendDocument(mode: 'all' | 'change', head: DocumentHead, from: number | undefined, entries: readonly OutboxEntry[]): void {
    const parts = inParts(entries.filter((entry) => !entry.removed).map((entry) => entry.item))
    const remove = entries.filter((entry) => entry.removed).map((entry) => entry.item.id)
    parts.forEach((put, index) => {
      const more = index < parts.length - 1
      const message: DocumentMessage = { type: 'document', mode, head, put: [...put], remove: more ? [] : remove, more }
      this.#send(from === undefined ? message : { ...message, from })
    })
    this.#sent = head.generation
  }

  async #refused(reason: 'stale' | 'conflict' | 'foreign', holds: DocumentHead | undefined): Promise<void> {
    this.#options.logger.warn('a child refused its document', { child: this.#childId, reason })
    if (reason === 'foreign')
      throw new OakError('conflict', 'the child holds the document of another parent and must be told to give it up')
    await this.#sendAnew(holds?.generation ?? 0)
  }

  async #observed(message: Observed): Promise<void> {
    this.#observedParts.push(message)
    if (message.more) return
    const parts = this.#observedParts
    this.#observedParts = []
    const { mode, generation } = message
    const report = { mode, generation, put: parts.flatMap((part) => part.put), gone: parts.flatMap((part) => part.gone) }
    await this.#options.store.write(async (writer) => {
      await this.#options.handlers.onObserved(writer, this.#childId, report)
      await this.#options.outbox.settle(writer, this.#childId, generation)
    })
  }

  #over(reason: string): void {
    this.#queue.close()
    this.#gather.close()
    this.requests.close(reason)
  }
}
