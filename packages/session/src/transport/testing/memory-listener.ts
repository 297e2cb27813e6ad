import type { Duplex } from 'node:stream'
import { type Clock, OakError } from '@oakestra/base'
import type { ChildKind } from '@oakestra/pki'
import { ExpectedStreams } from '../expected-streams.ts'
import { awaitRoom } from '../incumbent.ts'
import type { ExpectedStream, ExpectStreamOptions, Listener, ListenHandlers, Peer } from '../transport.ts'
import type { MemoryChannel } from './memory-channel.ts'
import { memoryStreamPair } from './memory-stream.ts'

export interface MemoryListenerParts {
  readonly port: number
  readonly childKind: ChildKind
  readonly handlers: ListenHandlers
  readonly clock: Clock
  /** How long a connected child may take to show that it lives when another one claims to be it. */
  readonly patienceMs: number
  release(): void
}

/** A parent's open door in a memory network. */
export class MemoryListener implements Listener {
  readonly port: number
  readonly childKind: ChildKind
  readonly handlers: ListenHandlers
  readonly #parts: MemoryListenerParts
  readonly #expected: ExpectedStreams
  readonly #channels = new Map<string, { readonly channel: MemoryChannel; readonly incarnation: string }>()
  readonly #streams = new Map<Duplex, string>()
  #isClosing = false

  constructor(parts: MemoryListenerParts) {
    this.port = parts.port
    this.childKind = parts.childKind
    this.handlers = parts.handlers
    this.#parts = parts
    this.#expected = new ExpectedStreams(parts.clock)
  }

  expectStream(options: ExpectStreamOptions): ExpectedStream {
    return this.#expected.expect(options)
  }

  /** Lets a child pass the door, or throws what it is told. */
  async admitPeer(peer: Peer): Promise<void> {
    if (peer.kind !== this.childKind) throw new OakError('unauthenticated', `this port is for a ${this.childKind}, not for a ${peer.kind}`)
    const isWelcome = this.handlers.accepts ? await this.handlers.accepts(peer) : true
    if (!isWelcome) throw new OakError('forbidden', `the ${peer.kind} ${peer.id} does not belong here any more`)
    if (this.#isClosing) throw new OakError('unavailable', 'the parent is stopping')
  }

  /** A child that lost its connection comes back as the same incarnation; another one has to wait for this one to be dead. */
  async makeRoom(peer: Peer, incarnation: string): Promise<void> {
    const held = this.#channels.get(peer.id)
    if (!held || held.incarnation === incarnation) return
    await awaitRoom(held.channel, this.#parts.patienceMs, this.#parts.clock)
    if (this.#isClosing) throw new OakError('unavailable', 'the parent is stopping')
  }

  take(channel: MemoryChannel, incarnation: string): void {
    const { id } = channel.peer
    this.#channels.get(id)?.channel.close('the same child connected again')
    this.#channels.set(id, { channel, incarnation })
    queueMicrotask(() => this.handlers.onChannel(channel))
  }

  openStream(peer: Peer, streamId: string): Duplex {
    if (!this.#expected.has(streamId, peer.id)) throw new OakError('not-found', 'nobody waits for this stream')
    const [near, far] = memoryStreamPair()
    this.#streams.set(near, peer.id)
    near.once('close', () => this.#streams.delete(near))
    this.#expected.fulfil(streamId, peer.id, near)
    return far
  }

  /** The parent's ends of channels that still live. */
  channels(): MemoryChannel[] {
    return [...this.#channels.values()].map(({ channel }) => channel).filter((channel) => !channel.hasEnded)
  }

  channelOf(childId: string): MemoryChannel | undefined {
    return this.#channels.get(childId)?.channel
  }

  breakStreams(childId: string): void {
    for (const [stream, owner] of this.#streams) if (owner === childId) stream.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#parts.release()
    this.#expected.refuseAll('the parent is stopping')
    for (const stream of this.#streams.keys()) stream.destroy()
    for (const { channel } of this.#channels.values()) channel.close('the parent is stopping', 'left')
  }
}
