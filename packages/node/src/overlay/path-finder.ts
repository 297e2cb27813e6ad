import { type Clock, type Logger, toOakError } from '@oakestra/base'
import type { PeerItem } from '@oakestra/model'
import type { HeardFrom } from '@oakestra/net'
import { isSamePath, type Path, type PeerPath, pathText } from './path.ts'
import type { PathBook } from './path-book.ts'
import { pathCandidates, saidPath } from './path-candidates.ts'

// One lost packet is no reason to look for another way; the third miss ends new connections.
const MISSES_TO_SEARCH = 2
// Questions by one way before the next is tried: the other end may just be changing its own.
const TRIES = 2
// A relay costs a third node its bandwidth: whether there is a direct way again is asked this often, with one question.
const DIRECT_AGAIN_MS = 30_000
// What another node said of whom it reaches, in questions that come each second.
const TOLD_MS = 5_000
// Nodes of which others are asked whether they reach them: a question stays small.
const SEEKS_MAX = 3
// As many as a document needs to say: whoever reaches nobody has another problem.
const UNREACHED_MAX = 16

export interface PathFinderDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly book: PathBook
  /** From where probes came lately. */
  readonly heard: () => Promise<readonly HeardFrom[]>
  /** The kernel is to be brought up to other paths. */
  readonly onChange: () => void
  /** The nodes that are not reached directly are others than before. */
  readonly onUnreached: () => void
}

interface Searched {
  item: PeerItem
  current: Path
  trial: Path | undefined
  /** Whether the kernel has the trial, and whether the question that is out went by it. */
  isArmed: boolean
  isAskedByTrial: boolean
  tries: number
  /** How many candidates were tried in this search. */
  turn: number
  misses: number
  hasAnswered: boolean
  directAtMs: number
}

/** Finds a way to every other node, by asking: prober and kernel tell it what happens, and it says which way packets go. Decision 11. */
export class PathFinder {
  readonly #deps: PathFinderDeps
  readonly #peers = new Map<string, Searched>()
  /** By node: whom it said it reaches, and when. */
  readonly #told = new Map<string, { readonly nodeIds: ReadonlySet<string>; readonly atMs: number }>()
  #heard: readonly HeardFrom[] = []
  #isListening = false
  #unreached = ''

  constructor(deps: PathFinderDeps) {
    this.#deps = deps
  }

  /** To be called with every change of the peers. Those that stay keep their way. */
  follow(items: readonly PeerItem[]): void {
    const wanted = new Set(items.map(({ nodeId }) => nodeId))
    for (const nodeId of this.#peers.keys()) if (!wanted.has(nodeId)) this.#forget(nodeId)
    for (const item of items) this.#followOne(item)
  }

  /** `undefined`: as the control plane says. */
  of(nodeId: string): PeerPath | undefined {
    const peer = this.#peers.get(nodeId)
    if (!peer) {
      const kept = this.#deps.book.of(nodeId)
      return kept && { current: kept }
    }
    if (peer.current.kind === 'said' && !peer.trial) return undefined
    const { trial } = peer
    return { current: this.#nowOf(peer.current), ...(trial && { trial: this.#nowOf(trial) }) }
  }

  /** What is tried now is about to be in the kernel. @returns to be called when it is */
  planned(): () => void {
    const trials = [...this.#peers.values()].flatMap((peer) => (peer.trial ? [{ peer, trial: peer.trial }] : []))
    return () => {
      for (const { peer, trial } of trials) if (peer.trial === trial) peer.isArmed = true
    }
  }

  asked(nodeId: string): void {
    const peer = this.#peers.get(nodeId)
    if (peer) peer.isAskedByTrial = peer.trial !== undefined && peer.isArmed
  }

  answered(nodeId: string): void {
    const peer = this.#peers.get(nodeId)
    if (!peer) return
    peer.misses = 0
    peer.turn = 0
    peer.hasAnswered = true
    const { trial } = peer
    if (trial) {
      if (peer.isAskedByTrial) this.#take(peer, trial)
      this.#endTrial(peer)
    } else if (peer.current.kind === 'relay' && this.#deps.clock.monotonicMs() - peer.directAtMs >= DIRECT_AGAIN_MS) {
      peer.directAtMs = this.#deps.clock.monotonicMs()
      this.#try(peer, saidPath(peer.item))
    }
    this.#tellUnreached()
  }

  missed(nodeId: string): void {
    const peer = this.#peers.get(nodeId)
    if (!peer) return
    peer.misses += 1
    void this.#listen()
    if (peer.trial) this.#trialMissed(peer)
    else if (peer.misses >= MISSES_TO_SEARCH) this.#search(peer)
    this.#tellUnreached()
  }

  /** Whom other nodes are asked about. */
  seeks(): readonly string[] {
    return this.#withoutDirect().slice(0, SEEKS_MAX)
  }

  /** Of these nodes, those that packets can reach through this one. */
  reaches(nodeIds: readonly string[]): readonly string[] {
    return nodeIds.filter((nodeId) => {
      const peer = this.#peers.get(nodeId)
      return peer?.hasAnswered && peer.misses === 0 && peer.current.kind !== 'relay'
    })
  }

  told(nodeId: string, reaches: readonly string[]): void {
    this.#told.set(nodeId, { nodeIds: new Set(reaches), atMs: this.#deps.clock.monotonicMs() })
  }

  /** Nodes that are not reached without another. */
  unreached(): readonly string[] {
    return this.#withoutDirect().slice(0, UNREACHED_MAX)
  }

  /** A third node may itself be somewhere else by now. */
  #nowOf(path: Path): Path {
    const relay = path.via === undefined ? undefined : this.#peers.get(path.via)?.current
    return relay && relay.kind !== 'relay' ? { ...path, address: relay.address, port: relay.port } : path
  }

  #withoutDirect(): readonly string[] {
    return [...this.#peers]
      .filter(([, { current, misses }]) => current.kind === 'relay' || misses > MISSES_TO_SEARCH)
      .map(([nodeId]) => nodeId)
      .toSorted()
  }

  #followOne(item: PeerItem): void {
    const before = this.#peers.get(item.nodeId)
    const said = saidPath(item)
    if (!before) {
      const current = this.#deps.book.of(item.nodeId) ?? said
      this.#peers.set(item.nodeId, { item, current, ...NEW, directAtMs: this.#deps.clock.monotonicMs() })
      return
    }
    before.item = item
    if (before.current.kind === 'said' || isSamePath(before.current, said)) this.#take(before, said)
  }

  #forget(nodeId: string): void {
    this.#peers.delete(nodeId)
    this.#told.delete(nodeId)
    this.#deps.book.keep(nodeId, undefined)
  }

  #take(peer: Searched, path: Path): void {
    const { nodeId } = peer.item
    if (!isSamePath(peer.current, path)) this.#deps.logger.info('another way to a node', { node: nodeId, way: pathText(path) })
    peer.current = path
    peer.directAtMs = this.#deps.clock.monotonicMs()
    this.#deps.book.keep(nodeId, path.kind === 'said' ? undefined : path)
  }

  #trialMissed(peer: Searched): void {
    if (!peer.isAskedByTrial) return
    peer.tries += 1
    // While the usual way works, another costs one question.
    if (peer.misses < MISSES_TO_SEARCH) this.#endTrial(peer)
    else if (peer.tries >= TRIES) this.#search(peer)
  }

  #search(peer: Searched): void {
    const relays = [...this.#told].flatMap(([nodeId, told]) => (this.#isRelayTo(peer.item.nodeId, nodeId, told) ? [nodeId] : []))
    const direct = [...this.#peers].filter(([, { current }]) => current.kind !== 'relay')
    const ways = new Map(
      direct.map(
        ([
          nodeId,
          {
            current: { address, port },
          },
        ]) => [nodeId, { address, port }],
      ),
    )
    const candidates = pathCandidates(peer.item, { ways, heard: this.#heard, relays })
    const others = candidates.filter((path) => !isSamePath(path, peer.current))
    // Between two rounds the usual way gets a question.
    const next = others[peer.turn % (others.length + 1)]
    peer.turn += 1
    if (next) this.#try(peer, next)
    else if (peer.trial) this.#endTrial(peer)
  }

  #isRelayTo(nodeId: string, relay: string, { nodeIds, atMs }: { readonly nodeIds: ReadonlySet<string>; readonly atMs: number }): boolean {
    return nodeIds.has(nodeId) && this.#deps.clock.monotonicMs() - atMs <= TOLD_MS && this.reaches([relay]).length > 0
  }

  #try(peer: Searched, path: Path): void {
    peer.tries = 0
    if (peer.trial && isSamePath(peer.trial, path)) return
    peer.trial = path
    peer.isArmed = false
    this.#deps.onChange()
  }

  #endTrial(peer: Searched): void {
    peer.trial = undefined
    peer.isArmed = false
    this.#deps.onChange()
  }

  async #listen(): Promise<void> {
    if (this.#isListening) return
    this.#isListening = true
    try {
      this.#heard = await this.#deps.heard()
    } catch (thrown) {
      this.#deps.logger.debug('cannot see from where other nodes speak', { err: toOakError(thrown).message })
    } finally {
      this.#isListening = false
    }
  }

  #tellUnreached(): void {
    const now = this.unreached().join()
    if (now === this.#unreached) return
    this.#unreached = now
    this.#deps.onUnreached()
  }
}

const NEW = { trial: undefined, isArmed: false, isAskedByTrial: false, tries: 0, turn: 0, misses: 0, hasAnswered: false } as const
