import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Clock, MetricFamily, Timer } from '@oakestra/base'

/** While less of the time is spent working, no more than that fraction of it can have been waited for. */
const BUSY_FROM = 0.1
/** Shorter stretches say too little; whoever asks within one is told of the one before. */
const STRETCH_MS_MIN = 3_000
/** To look more often would wake an idle program a hundred times a second, which is most of what it would ever do. */
const LOOSELY_MS = 1_000
/** When nobody asks for longer than a minute. */
const LOOSELY_MAX = 60
const CLOSELY_MS = 10
const MS_PER_NS = 1e-6

/** How late things were in a stretch of time, beyond what was to pass anyway, in milliseconds. */
export interface Lag {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

/** A look at the event loop that goes on. */
export interface Watch {
  /** What was seen since the last call, if anything was. */
  take(): Lag | undefined
  stop(): void
}

/** What the platform knows of its event loop. */
export interface EventLoop {
  /** Milliseconds since the start. */
  utilization(): { readonly idle: number; readonly active: number }
  watchClosely(): Watch
}

const thisEventLoop: EventLoop = { utilization: () => performance.eventLoopUtilization(), watchClosely }

/** How late things happen in this process because others are in the way, over the last few seconds. Looks closely while it is busy. */
export class EventLoopLag {
  readonly #clock: Clock
  readonly #loop: EventLoop
  #before: ReturnType<EventLoop['utilization']>
  #wasBusy = false
  #watch: Watch
  #told: readonly MetricFamily[] = []

  constructor(clock: Clock, loop: EventLoop = thisEventLoop) {
    this.#clock = clock
    this.#loop = loop
    this.#before = loop.utilization()
    this.#watch = watchLoosely(clock)
  }

  /** Seconds, by the names that Prometheus' clients for Node gave them. */
  families(): readonly MetricFamily[] {
    const now = this.#loop.utilization()
    const [idleMs, activeMs] = [now.idle - this.#before.idle, now.active - this.#before.active]
    if (idleMs + activeMs < STRETCH_MS_MIN) return this.#told
    this.#before = now
    const lag = this.#watch.take()
    if (lag) this.#told = toFamilies(lag)
    this.#goOn(activeMs / (idleMs + activeMs) >= BUSY_FROM)
    return this.#told
  }

  #goOn(isBusy: boolean): void {
    if (isBusy === this.#wasBusy) return
    this.#wasBusy = isBusy
    this.#watch.stop()
    this.#watch = isBusy ? this.#loop.watchClosely() : watchLoosely(this.#clock)
  }
}

function watchClosely(): Watch {
  const histogram = monitorEventLoopDelay({ resolution: CLOSELY_MS })
  histogram.enable()
  const take = () => {
    const late = (ns: number) => Math.max(0, ns * MS_PER_NS - CLOSELY_MS)
    const { min, max, mean, stddev } = histogram
    const [p50, p90, p99] = [late(histogram.percentile(50)), late(histogram.percentile(90)), late(histogram.percentile(99))]
    return { min: late(min), max: late(max), mean: late(mean), stddev: stddev * MS_PER_NS, p50, p90, p99 }
  }
  return {
    take: () => {
      const lag = histogram.count > 0 ? take() : undefined
      histogram.reset()
      return lag
    },
    stop: () => void histogram.disable(),
  }
}

function watchLoosely(clock: Clock): Watch {
  let late: readonly number[] = []
  let timer: Timer
  const wait = () => {
    const dueMs = clock.monotonicMs() + LOOSELY_MS
    timer = clock.after(LOOSELY_MS, () => {
      late = [...late, Math.max(0, clock.monotonicMs() - dueMs)].slice(-LOOSELY_MAX)
      wait()
    })
  }
  wait()
  return {
    take: () => {
      const lag = lagOf(late)
      late = []
      return lag
    },
    stop: () => timer.cancel(),
  }
}

function lagOf(late: readonly number[]): Lag | undefined {
  if (late.length === 0) return undefined
  const sorted = late.toSorted((a, b) => a - b)
  const percentile = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0
  const mean = late.reduce((sum, each) => sum + each, 0) / late.length
  const stddev = Math.sqrt(late.reduce((sum, each) => sum + (each - mean) ** 2, 0) / late.length)
  return { min: sorted[0] ?? 0, max: percentile(100), mean, stddev, p50: percentile(50), p90: percentile(90), p99: percentile(99) }
}

function toFamilies(lag: Lag): readonly MetricFamily[] {
  const family = (suffix: string, help: string, ms: number): MetricFamily => ({
    name: `nodejs_eventloop_lag${suffix}_seconds`,
    help,
    kind: 'gauge',
    samples: [{ labels: {}, value: ms / 1_000 }],
  })
  return [
    family('', 'Lag of the event loop, the mean.', lag.mean),
    family('_min', 'Least lag of the event loop.', lag.min),
    family('_max', 'Most lag of the event loop.', lag.max),
    family('_mean', 'Mean lag of the event loop.', lag.mean),
    family('_stddev', 'Standard deviation of the lag of the event loop.', lag.stddev),
    family('_p50', 'Median lag of the event loop.', lag.p50),
    family('_p90', '90th percentile of the lag of the event loop.', lag.p90),
    family('_p99', '99th percentile of the lag of the event loop.', lag.p99),
  ]
}
