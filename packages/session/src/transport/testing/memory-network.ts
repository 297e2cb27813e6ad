import { type Clock, OakError, type Random, throwIfAborted, toOakError, withDeadline } from '@oakestra/base'
import type { ChildKind, ChildName } from '@oakestra/pki'
import { renderRefusal } from '../http-refusal.ts'
import { patienceOf } from '../incumbent.ts'
import { Pulse } from '../pulse.ts'
import { type Timing, timingOf } from '../timing.ts'
import type { Channel, ChildTransport, JoinTransport, ParentTransport, Peer } from '../transport.ts'
import { drawFrom, type LinkConditions, type LinkFaults, NO_FAULTS, type Span } from './link-conditions.ts'
import { MemoryChannel } from './memory-channel.ts'
import { MemoryListener } from './memory-listener.ts'

export interface MemoryNetworkOptions {
  readonly clock: Clock
  readonly random: Random
  /** Overrides of the leases of both hops. */
  readonly timing?: Partial<Timing>
}

const CONNECT_TIMEOUT_MS = 5_000
const NO_DELAY = { min: 0, max: 0 }

/**
 * Parents and children in one process, without sockets and certificates, behaving as the real transport does, with faults on
 * request. A link is lossless or broken, as under TCP, unless it is given worse faults; it belongs to a child and is named by the child's id.
 */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions
  readonly #listeners = new Map<string, MemoryListener>()
  readonly #links = new Map<string, LinkConditions>()
  readonly #pulses = new Map<ChildKind, Pulse>()
  #breakProbability = 0
  #portsGiven = 0
  #incarnations = 0
  #usual: Pick<LinkConditions, 'delayMs' | 'faults'> = { delayMs: NO_DELAY, faults: NO_FAULTS }

  constructor(options: MemoryNetworkOptions) {
    this.#options = options
  }

  /** The parent at an address, which is any word that its children use too. */
  parent(address: string, childKind: ChildKind): ParentTransport {
    return {
      listen: async (handlers) => {
        if (this.#listeners.has(address)) throw new OakError('port-in-use', `${address} is taken`)
        this.#portsGiven += 1
        const release = () => void this.#listeners.delete(address)
        const { clock, timing = {} } = this.#options
        const patienceMs = patienceOf(timingOf(childKind, timing).leaseMs)
        const listener = new MemoryListener({ port: 20_000 + this.#portsGiven, childKind, handlers, clock, patienceMs, release })
        this.#listeners.set(address, listener)
        return listener
      },
    }
  }

  /** A child of the parent at `address`; each call makes the transport of another process. */
  child(name: ChildName, address: string): ChildTransport {
    const peer: Peer = { ...name, address: `memory:${name.id}` }
    this.#incarnations += 1
    const incarnation = `${this.#incarnations}`
    return {
      connect: async (signal) => {
        const listener = await this.#reach(peer, address, signal, (reached) => reached.makeRoom(peer, incarnation))
        return this.#open(listener, { peer, address, incarnation })
      },
      openStream: async (streamId, signal) => {
        const listener = await this.#reach(peer, address, signal)
        return listener.openStream(peer, streamId)
      },
    }
  }

  /** A stranger at the door of the parent at `address`. `link` names its link, for cutting. */
  joiner(address: string, link = 'stranger'): JoinTransport {
    return {
      join: async (request, signal) => {
        await this.#travel(link, signal)
        const listener = this.#listeners.get(address)
        if (!listener) throw unreachable(address)
        if (!listener.handlers.admit) throw new OakError('not-found', 'there is nothing here')
        if (request.kind !== listener.childKind) throw new OakError('bad-request', `this port is for a ${listener.childKind}`)
        const admission = await listener.handlers.admit(request, `memory:${link}`).catch(likeTheRealOne)
        await this.#travel(link, signal)
        return admission
      },
    }
  }

  /** From now on nothing gets through to or from this child. Channels notice by their lease; streams end at once. */
  cut(childId: string): void {
    this.#link(childId).isCut = true
    for (const listener of this.#listeners.values()) listener.breakStreams(childId)
  }

  /** Undoes `cut`. What channels that have not been given up were sent meanwhile arrives now. */
  restore(childId: string): void {
    this.#link(childId).isCut = false
    for (const listener of this.#listeners.values()) listener.channelOf(childId)?.pumpBoth()
  }

  isCut(childId: string): boolean {
    return this.#link(childId).isCut
  }

  /** How long messages to and from a child, or all and those to come, travel, one way; those sent already keep their time. */
  setDelay(childId: string | undefined, delayMs: Span): void {
    this.#change({ delayMs }, childId)
  }

  /** From now on the child's connection carries nothing, while datagrams beside it go on: TCP after many losses. */
  stall(childId: string): void {
    this.#link(childId).isStalled = true
  }

  /** Undoes `stall`. */
  unstall(childId: string): void {
    this.#link(childId).isStalled = false
    for (const listener of this.#listeners.values()) listener.channelOf(childId)?.pumpBoth()
  }

  /** What the child is connected by goes silent for good; a new connection works: it was moved, or cut off and is back. */
  strand(childId: string): void {
    const link = this.#link(childId)
    this.#links.set(childId, { ...link })
    link.isCut = true
  }

  /** How messages of one child, or of all and of those to come, are lost, repeated and reordered from now on. */
  setFaults(faults: Partial<LinkFaults>, childId?: string): void {
    this.#change({ faults: { ...NO_FAULTS, ...faults } }, childId)
  }

  /** Breaks a child's connection at once; both ends hear of it. */
  breakOff(childId: string): void {
    for (const listener of this.#listeners.values()) {
      listener.channelOf(childId)?.breakOff('the connection broke off')
      listener.breakStreams(childId)
    }
  }

  /** Chance of each message to break the connection it is sent on, in [0, 1]. */
  setBreakProbability(probability: number): void {
    this.#breakProbability = probability
  }

  #change(conditions: Partial<Pick<LinkConditions, 'delayMs' | 'faults'>>, childId: string | undefined): void {
    if (childId === undefined) this.#usual = { ...this.#usual, ...conditions }
    const links = childId === undefined ? this.#links.values() : [this.#link(childId)]
    for (const link of links) Object.assign(link, conditions)
  }

  #open(listener: MemoryListener, { peer, address, incarnation }: { peer: Peer; address: string; incarnation: string }): Channel {
    const parts = {
      ...this.#options,
      link: this.#link(peer.id),
      pulse: this.#pulse(listener.childKind),
      isUnlucky: () => this.#breakProbability > 0 && this.#options.random.next() < this.#breakProbability,
    }
    const parentPeer: Peer = { kind: peer.kind === 'node' ? 'cluster' : 'root', id: '', address }
    const [near, far] = [new MemoryChannel({ ...parts, peer: parentPeer }), new MemoryChannel({ ...parts, peer })]
    MemoryChannel.join(near, far)
    listener.take(far, incarnation)
    return near
  }

  async #reach(
    peer: Peer,
    address: string,
    signal: AbortSignal,
    enter: (listener: MemoryListener) => Promise<void> = async () => undefined,
  ): Promise<MemoryListener> {
    await this.#travel(peer.id, signal)
    const listener = this.#listeners.get(address)
    if (!listener) throw unreachable(address)
    const admitted = listener.admitPeer(peer).then(() => enter(listener))
    await withDeadline(admitted, CONNECT_TIMEOUT_MS, 'connecting', this.#options.clock)
    await this.#travel(peer.id, signal)
    if (this.#listeners.get(address) !== listener) throw unreachable(address)
    return listener
  }

  /** One way over a link, or the time after which a caller gives up. */
  async #travel(linkName: string, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    const { clock, random } = this.#options
    const { isCut, delayMs } = this.#link(linkName)
    const waitMs = isCut ? CONNECT_TIMEOUT_MS : drawFrom(delayMs, random)
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined)
    else await new Promise((resolve) => setImmediate(resolve))
    throwIfAborted(signal)
    if (isCut || this.#link(linkName).isCut) throw new OakError('unavailable', `the parent did not answer within ${CONNECT_TIMEOUT_MS} ms`)
  }

  #link(name: string): LinkConditions {
    const link = this.#links.get(name) ?? { isCut: false, isStalled: false, ...this.#usual }
    this.#links.set(name, link)
    return link
  }

  /** One for all channels of a kind, so that a thousand children cost one timer. */
  #pulse(childKind: ChildKind): Pulse {
    const { clock, timing = {} } = this.#options
    const pulse = this.#pulses.get(childKind) ?? new Pulse({ ...timingOf(childKind, timing), clock })
    this.#pulses.set(childKind, pulse)
    return pulse
  }
}

function unreachable(address: string): OakError {
  return new OakError('unavailable', `the parent at ${address} cannot be reached`)
}

/** Errors as they look after a journey over HTTP. */
function likeTheRealOne(thrown: unknown): never {
  const error = toOakError(thrown)
  if (renderRefusal(error).status === 500) throw new OakError('unavailable', 'the parent answered with status 500')
  throw new OakError(error.code, `the parent refused: ${error.message}`)
}
