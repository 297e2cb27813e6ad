import { type Clock, OakError, type Timer, toOakError } from '@oakestra/base'
import type { Reader, Store } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import type { LoadSample } from '../session/load-history.ts'
import type { InstanceSample } from '../session/usage-history.ts'
import { AlertNews, type AlertSource } from './alert-news.ts'
import { type EventFilter, matches } from './event-filter.ts'
import type { EventLog } from './event-log.ts'
import { EventSight } from './event-sight.ts'
import { events, publicEvent, type StoredEvent } from './events.ts'
import { chooseLoads } from './load-scope.ts'
import { Nudge } from './nudge.ts'
import { SampleScope } from './sample-scope.ts'
import { HEARTBEAT, RETRY, serverEvent } from './server-event.ts'

const TICK_MS = 1_000
const HEARTBEAT_MS = 15_000
/** How long a right that was taken away still counts for somebody who is watching. */
const RECHECK_MS = 5_000
const SAMPLES_MS = 2_000
/** A reader that takes nothing for so long is too slow for what it asked for; after twice as long it is not there. */
const STALLED_MS = 30_000
/** Read at a time, and sent as one piece. */
const BATCH = 200
/** What may change who sees what. */
const RIGHTS = /^(user|organization|application)\./

export interface WatchDeps {
  readonly store: Store
  readonly events: Pick<EventLog, 'subscribe' | 'recentAfter' | 'newestId'>
  /** Of every instance that was measured after a time. */
  readonly samples: (sinceMs: number) => readonly InstanceSample[]
  /** Of every node and cluster that was measured after a time. */
  readonly loads: (sinceMs: number) => readonly LoadSample[]
  /** Absent: nothing around root watches for alerts. */
  readonly alerts?: AlertSource
  readonly clock: Clock
}

export interface WatchRequest {
  readonly filter: EventFilter
  readonly actor: Actor
  readonly withSamples: boolean
  readonly withAlerts: boolean
  /** Begin behind this event; absent: with what happens from now on. */
  readonly afterId?: string | undefined
  /** Whether `afterId` is what the caller saw last: then it is told when what followed is not kept any more. */
  readonly isResumed: boolean
  /** Who the caller is by now. @throws OakError when nobody that may watch */
  readonly recheck: () => Promise<Actor>
  readonly signal: AbortSignal
}

/**
 * What one watcher is sent. It keeps no queue: it remembers how far it came, and reads on when the reader has taken what it had. So
 * a slow reader costs nobody anything but itself, and one that comes back is served like one that stayed.
 */
export class WatchSession {
  readonly #deps: WatchDeps
  readonly #request: WatchRequest
  readonly #nudge = new Nudge()
  readonly #alerts: AlertNews
  #actor: Actor
  #sight: EventSight
  #scope: SampleScope
  /** The last event that was looked at. */
  #position: string
  #sentMs: number
  #checkedMs: number
  #sampledMs: number
  #sampledWallMs: number
  #turn = 0
  /** Since when the reader was offered something that it has not taken. */
  #offeredMs: number | undefined
  #isTooSlow = false

  constructor(deps: WatchDeps, request: WatchRequest) {
    const nowMs = deps.clock.monotonicMs()
    this.#deps = deps
    this.#request = request
    this.#alerts = new AlertNews(request.withAlerts ? deps.alerts : undefined)
    this.#actor = request.actor
    this.#sight = new EventSight(request.actor)
    this.#scope = new SampleScope(request.filter, this.#sight)
    this.#position = request.afterId ?? deps.events.newestId
    this.#sentMs = nowMs
    this.#checkedMs = nowMs
    this.#sampledMs = nowMs
    this.#sampledWallMs = deps.clock.wallMs() - SAMPLES_MS
  }

  /** The stream, piece by piece. Ends with the signal, or after it said why. @param onDead called when the reader has long stopped */
  async *pieces(onDead: () => void): AsyncGenerator<string, void, void> {
    const leave = this.#listen(onDead)
    try {
      yield RETRY + (await this.#gap())
      while (!this.#request.signal.aborted) {
        const piece = await this.#nextPiece()
        if (piece === '') await this.#nudge.wait()
        else yield* this.#offer(piece)
      }
    } catch (thrown) {
      const { code, message } = toOakError(thrown)
      yield serverEvent('end', { code, message: code === 'internal' ? 'the stream failed; connect again' : message })
    } finally {
      leave()
    }
  }

  *#offer(piece: string): Generator<string, void, void> {
    this.#offeredMs = this.#nowMs()
    yield piece
    this.#offeredMs = undefined
    this.#sentMs = this.#nowMs()
  }

  #listen(onDead: () => void): () => void {
    const { events: log, clock } = this.#deps
    const { signal } = this.#request
    const wake = () => this.#nudge.set()
    const unsubscribe = log.subscribe((all) => {
      if (all.some(({ kind }) => RIGHTS.test(kind))) this.#checkedMs = Number.NEGATIVE_INFINITY
      wake()
    })
    const unsubscribeAlerts = this.#alerts.listen(wake)
    let timer: Timer
    const tick = () => {
      timer = clock.after(TICK_MS, tick)
      this.#watchReader(onDead)
      wake()
    }
    timer = clock.after(TICK_MS, tick)
    signal.addEventListener('abort', wake)
    return () => {
      unsubscribe()
      unsubscribeAlerts()
      timer.cancel()
      signal.removeEventListener('abort', wake)
    }
  }

  #watchReader(onDead: () => void): void {
    const waitedMs = this.#offeredMs === undefined ? 0 : this.#nowMs() - this.#offeredMs
    if (waitedMs >= STALLED_MS) this.#isTooSlow = true
    if (waitedMs >= 2 * STALLED_MS) onDead()
  }

  /** Whatever there is to say by now; empty when nothing is. @throws OakError when there is nothing more to say */
  async #nextPiece(): Promise<string> {
    if (this.#isTooSlow) throw tooSlow()
    const nowMs = this.#nowMs()
    if (nowMs - this.#checkedMs >= RECHECK_MS) await this.#recheck()
    const alerts = this.#alerts.take(this.#actor)
    if (alerts !== '') return alerts
    const news = await this.#news()
    if (news !== '') return news
    if (this.#request.withSamples && nowMs - this.#sampledMs >= SAMPLES_MS) return this.#samples()
    return nowMs - this.#sentMs >= HEARTBEAT_MS ? HEARTBEAT : ''
  }

  async #recheck(): Promise<void> {
    this.#checkedMs = this.#nowMs()
    this.#actor = await this.#request.recheck()
    this.#sight = new EventSight(this.#actor)
    this.#scope = new SampleScope(this.#request.filter, this.#sight)
  }

  async #news(): Promise<string> {
    const { events: log, store } = this.#deps
    for (;;) {
      const recent = log.recentAfter(this.#position)?.slice(0, BATCH)
      if (recent?.length === 0 || this.#request.signal.aborted) return ''
      const before = this.#position
      const text = await store.read(async (reader) =>
        this.#textOf(reader, recent ?? (await reader.list(events, { afterKey: before, limit: BATCH }))),
      )
      if (text !== '') return text
      // Nothing is kept between here and what is in memory.
      if (this.#position === before) this.#position = log.newestId
    }
  }

  async #textOf(reader: Reader, all: readonly StoredEvent[]): Promise<string> {
    const texts: string[] = []
    for (const event of all) {
      this.#position = event.id
      if (matches(this.#request.filter, event) && (await this.#sight.sees(reader, event)))
        texts.push(serverEvent('event', publicEvent(event), event.id))
    }
    return texts.join('')
  }

  async #samples(): Promise<string> {
    const { store, samples, loads, clock } = this.#deps
    this.#sampledMs = this.#nowMs()
    const [fresh, busy] = [samples(this.#sampledWallMs), loads(this.#sampledWallMs)]
    this.#sampledWallMs = clock.wallMs()
    if (fresh.length + busy.length === 0) return ''
    this.#turn += 1
    const chosen = await store.read((reader) => this.#scope.choose(reader, fresh, this.#turn))
    return [
      ...chosen.map((sample) => serverEvent('sample', sample)),
      ...chooseLoads(this.#request.filter, busy, this.#turn).map((load) => serverEvent('load', load)),
    ].join('')
  }

  /** Said to one that comes back too late, or to another root: what it has in memory is not the whole story. */
  async #gap(): Promise<string> {
    const { afterId, isResumed } = this.#request
    if (afterId === undefined || !isResumed) return ''
    const [oldest] = await this.#deps.store.read((reader) => reader.list(events, { limit: 1 }))
    const newestId = this.#deps.events.newestId
    if (afterId <= newestId && (!oldest || afterId >= oldest.id)) return ''
    this.#position = newestId
    return serverEvent('reset', {
      message: 'events behind the given one are no longer kept: read again what you show',
      oldestId: oldest?.id ?? null,
    })
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs()
  }
}

function tooSlow(): OakError {
  return new OakError('resource-exhausted', 'what happens comes faster than it is read; ask for less, and go on with Last-Event-ID')
}
