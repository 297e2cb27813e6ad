import { type Clock, type Logger, type Random, type Timer, toOakError } from '@oakestra/base'
import { COORDINATES_AT_START, type NetworkCoordinates, type PeerItem, updateCoordinates } from '@oakestra/model'
import { NOTE_WORDS, type NoteWord, type ProbeMessage, parseProbe, renderProbe } from '@oakestra/wire'
import { gatewayOf } from '../namespace-addresses.ts'
import type { PathFinder } from './path-finder.ts'
import type { ProbeTransport, ProbeWay } from './probe-transport.ts'
import { RoundTrips } from './round-trips.ts'
import type { PeerStanding } from './service-views.ts'
import type { PairSecret, TunnelKey } from './tunnel-key.ts'

// `reference/network.md` 10.8. An answer that takes as long as this is one that does not come.
const PERIOD_MS = 1_000
// Asked in one period at most; with more peers than this, each is asked as much less often.
const ASKED_AT_ONCE = 256
// Two ids, a nonce and five numbers take half of it; whoever sends more is not asked to prove who it is.
const BYTES_MAX = 600

export interface ProberDeps {
  readonly nodeId: string
  readonly key: TunnelKey
  readonly transport: ProbeTransport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Looks for ways to nodes that do not answer. */
  readonly paths: PathFinder
  /** Told when a peer does not answer any more, or does again. */
  readonly onChange: () => void
  /** Told of what a peer says of an instance (IPv4 address), one of its own or one of this node. */
  readonly onNote: (nodeId: string, word: NoteWord, address: string) => void
}

interface AskedPeer {
  readonly item: PeerItem
  readonly secret: PairSecret
  readonly way: ProbeWay
  /** The question that waits for its answer. */
  pending: { readonly nonce: string; readonly sentMs: number } | undefined
}

/**
 * Asks the agents of other nodes, once a second, whether they are there, and how long that takes. Whoever misses three in a row
 * counts as away until it answers again. Costs nothing without peers.
 */
export class PeerProber implements AsyncDisposable {
  readonly #deps: ProberDeps
  readonly #trips = new RoundTrips()
  readonly #peers = new Map<string, AskedPeer>()
  readonly #byGateway = new Map<string, AskedPeer>()
  #gateway: string | undefined
  #listener: AsyncDisposable | undefined
  #isOpening = false
  #timer: Timer | undefined
  #next = 0
  #coordinates = COORDINATES_AT_START
  #isClosed = false

  constructor(deps: ProberDeps) {
    this.#deps = deps
  }

  /** This node's place in the space of round trips; `undefined` before anything was measured. */
  get coordinates(): NetworkCoordinates | undefined {
    return this.#coordinates === COORDINATES_AT_START ? undefined : this.#coordinates
  }

  standingOf(nodeId: string): PeerStanding | undefined {
    return this.#trips.standingOf(nodeId)
  }

  /** Peers that answer: they can be told something. */
  answering(): readonly string[] {
    return [...this.#peers.keys()].filter((nodeId) => {
      const { isReachable, rttMs } = this.#trips.standingOf(nodeId) ?? {}
      return isReachable && rttMs !== undefined
    })
  }

  /** Says something of an instance to a peer, once; nobody knows whether it arrives. */
  note(nodeId: string, word: NoteWord, address: string): void {
    const peer = this.#peers.get(nodeId)
    const message = { type: word, from: this.#deps.nodeId, to: nodeId, nonce: this.#nonce(), address } as const
    peer?.way.send(peer.secret.seal(renderProbe(message)))
  }

  /** To be called when the network was applied: its gateway has its address from then on. Peers without key are not asked. */
  follow(subnetV4: string, items: readonly PeerItem[]): void {
    if (this.#isClosed) return
    const gateway = gatewayOf(subnetV4)
    if (gateway !== this.#gateway) this.#forgetAll()
    this.#gateway = gateway
    const wanted = new Map(
      items.filter(({ nodeId, key }) => nodeId !== this.#deps.nodeId && key !== undefined).map((item) => [item.nodeId, item]),
    )
    for (const [nodeId, { item }] of this.#peers) if (!isSameWay(item, wanted.get(nodeId))) this.#forget(nodeId)
    for (const item of wanted.values()) if (!this.#peers.has(item.nodeId)) this.#add(item, gateway)
    this.#deps.paths.follow([...wanted.values()])
    this.#trips.keep(new Set(this.#peers.keys()))
    if (this.#peers.size > 0 && !this.#timer) this.#tick()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#forgetAll()
    await this.#listener?.[Symbol.asyncDispose]()
  }

  #add(item: PeerItem, gateway: string): void {
    const secret = this.#deps.key.secretWith(item.key ?? '')
    if (!secret) return
    const there = gatewayOf(item.subnetV4)
    const way = this.#deps.transport.open(gateway, there, {
      onAnswer: (bytes) => this.#take(item.nodeId, bytes),
      onRefused: () => this.#refused(item.nodeId),
    })
    const peer = { item, secret, way, pending: undefined }
    this.#peers.set(item.nodeId, peer)
    this.#byGateway.set(there, peer)
  }

  #forget(nodeId: string): void {
    const peer = this.#peers.get(nodeId)
    if (!peer) return
    peer.way.close()
    this.#peers.delete(nodeId)
    this.#byGateway.delete(gatewayOf(peer.item.subnetV4))
  }

  #forgetAll(): void {
    for (const nodeId of [...this.#peers.keys()]) this.#forget(nodeId)
    const listener = this.#listener
    this.#listener = undefined
    void listener?.[Symbol.asyncDispose]()
  }

  #tick(): void {
    if (this.#isClosed || this.#peers.size === 0) {
      this.#timer = undefined
      return
    }
    this.#timer = this.#deps.clock.after(PERIOD_MS, () => this.#tick())
    void this.#listen()
    const peers = [...this.#peers.values()]
    const count = Math.min(peers.length, ASKED_AT_ONCE)
    let hasChanged = false
    for (let step = 0; step < count; step += 1) {
      const peer = peers[(this.#next + step) % peers.length]
      if (peer) hasChanged = this.#ask(peer) || hasChanged
    }
    this.#next = (this.#next + count) % peers.length
    if (hasChanged) this.#deps.onChange()
  }

  /** @returns true when the question before this one was one too many that was not answered */
  #ask(peer: AskedPeer): boolean {
    const { clock, nodeId, paths } = this.#deps
    const { item, secret, way } = peer
    const isLost = peer.pending !== undefined && this.#trips.missed(item.nodeId)
    if (peer.pending) paths.missed(item.nodeId)
    paths.asked(item.nodeId)
    if (isLost) this.#deps.logger.warn('another node does not answer', { node: item.nodeId, address: item.endpoint.address })
    const nonce = this.#nonce()
    peer.pending = { nonce, sentMs: clock.monotonicMs() }
    const seeks = paths.seeks().filter((id) => id !== item.nodeId)
    way.send(secret.seal(renderProbe({ type: 'ask', from: nodeId, to: item.nodeId, nonce, ...(seeks.length > 0 && { seeks }) })))
    return isLost
  }

  #take(nodeId: string, bytes: Uint8Array): void {
    const peer = this.#peers.get(nodeId)
    const answer = peer && this.#opened(peer, bytes)
    if (!peer?.pending || answer?.type !== 'answer' || answer.nonce !== peer.pending.nonce) return
    const rttMs = this.#deps.clock.monotonicMs() - peer.pending.sentMs
    peer.pending = undefined
    this.#deps.paths.answered(nodeId)
    if (answer.reaches) this.#deps.paths.told(nodeId, answer.reaches)
    if (answer.coordinates) this.#move(answer.coordinates, rttMs)
    if (this.#trips.answered(nodeId, rttMs)) this.#isBack(peer)
  }

  #refused(nodeId: string): void {
    const peer = this.#peers.get(nodeId)
    if (!peer) return
    peer.pending = undefined
    this.#deps.paths.answered(nodeId)
    if (this.#trips.refused(nodeId)) this.#isBack(peer)
  }

  #isBack({ item }: AskedPeer): void {
    this.#deps.logger.info('another node answers again', { node: item.nodeId })
    this.#deps.onChange()
  }

  #move(peer: NetworkCoordinates, rttMs: number): void {
    this.#coordinates = updateCoordinates(this.#coordinates, peer, rttMs, this.#deps.random)
  }

  /** Answers whoever is known and asks this node. */
  #answer(bytes: Uint8Array, from: string): Uint8Array | undefined {
    const asking = this.#byGateway.get(from)
    const question = asking && this.#opened(asking, bytes)
    const word = NOTE_WORDS.find((each) => each === question?.type)
    if (asking && word && question?.address !== undefined) this.#deps.onNote(asking.item.nodeId, word, question.address)
    if (!asking || question?.type !== 'ask') return undefined
    const { nonce, seeks } = question
    const { nodeId, paths } = this.#deps
    const reaches = seeks && { reaches: paths.reaches(seeks) }
    const said = { type: 'answer', from: nodeId, to: asking.item.nodeId, nonce, coordinates: this.#coordinates, ...reaches } as const
    return asking.secret.seal(renderProbe(said))
  }

  #nonce(): string {
    return Math.floor(this.#deps.random.next() * 2 ** 48).toString(36)
  }

  #opened({ item, secret }: AskedPeer, bytes: Uint8Array): ProbeMessage | undefined {
    const text = bytes.length <= BYTES_MAX ? secret.open(bytes) : undefined
    const message = text === undefined ? undefined : parseProbe(text)
    return message?.from === item.nodeId && message.to === this.#deps.nodeId ? message : undefined
  }

  /** Tried until it works: the address is there only once the network is. */
  async #listen(): Promise<void> {
    const gateway = this.#gateway
    if (this.#listener || this.#isOpening || gateway === undefined) return
    this.#isOpening = true
    try {
      const listener = await this.#deps.transport.listen(gateway, (bytes, from) => this.#answer(bytes, from))
      if (this.#isClosed || gateway !== this.#gateway) await listener[Symbol.asyncDispose]()
      else this.#listener = listener
    } catch (thrown) {
      this.#deps.logger.debug('cannot be asked by other nodes', { err: toOakError(thrown).message })
    } finally {
      this.#isOpening = false
    }
  }
}

function isSameWay(a: PeerItem, b: PeerItem | undefined): boolean {
  return a.subnetV4 === b?.subnetV4 && a.key === b.key
}
