import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { MetricFamily } from '@oakestra/base'

/**
 * While less of the time is spent working, no more than that fraction of it can have been waited for, and a look a second finds it.
 * Looking closer would wake an idle program a hundred times a second, which is most of what it would ever do.
 */
const BUSY_FROM = 0.1
const RESOLUTION_MS = { idle: 1_000, busy: 10 }
/** Shorter stretches say too little; whoever asks within one is told of the one before. */
const STRETCH_MS_MIN = 3_000
const NANOSECOND = 1e-9

type Monitor = Pick<IntervalHistogram, 'count' | 'min' | 'max' | 'mean' | 'stddev' | 'percentile' | 'enable' | 'disable'>

/** What the platform knows of its event loop. */
export interface EventLoop {
  utilization(): Pick<EventLoopUtilization, 'idle' | 'active'>
  monitor(resolutionMs: number): Monitor
}

const thisEventLoop: EventLoop = {
  utilization: () => performance.eventLoopUtilization(),
  monitor: (resolution) => monitorEventLoopDelay({ resolution }),
}

/** What of a stretch of time is told, and how it is found: in nanoseconds beyond the time that was to pass anyway. */
const TOLD: readonly (readonly [suffix: string, help: string, of: (monitor: Monitor, restNs: number) => number])[] = [
  ['', 'Lag of the event loop, the mean.', (monitor, restNs) => monitor.mean - restNs],
  ['_min', 'Least lag of the event loop.', (monitor, restNs) => monitor.min - restNs],
  ['_max', 'Most lag of the event loop.', (monitor, restNs) => monitor.max - restNs],
  ['_mean', 'Mean lag of the event loop.', (monitor, restNs) => monitor.mean - restNs],
  ['_stddev', 'Standard deviation of the lag of the event loop.', (monitor) => monitor.stddev],
  ['_p50', 'Median lag of the event loop.', (monitor, restNs) => monitor.percentile(50) - restNs],
  ['_p90', '90th percentile of the lag of the event loop.', (monitor, restNs) => monitor.percentile(90) - restNs],
  ['_p99', '99th percentile of the lag of the event loop.', (monitor, restNs) => monitor.percentile(99) - restNs],
]

/** How late things happen in this process because others are in the way, over the last few seconds. Looks closely while it is busy. */
export class EventLoopLag {
  readonly #loop: EventLoop
  #before: Pick<EventLoopUtilization, 'idle' | 'active'>
  #resolutionMs = RESOLUTION_MS.busy
  #monitor: Monitor
  #told: readonly MetricFamily[] = []

  constructor(loop: EventLoop = thisEventLoop) {
    this.#loop = loop
    this.#before = loop.utilization()
    this.#monitor = this.#watch()
  }

  /** Seconds, by the names that Prometheus' clients for Node gave them. */
  families(): readonly MetricFamily[] {
    const now = this.#loop.utilization()
    const [idleMs, activeMs] = [now.idle - this.#before.idle, now.active - this.#before.active]
    if (idleMs + activeMs < STRETCH_MS_MIN || this.#monitor.count === 0) return this.#told
    this.#told = TOLD.map(([suffix, help, of]) => family(suffix, help, of(this.#monitor, this.#resolutionMs * 1e6)))
    this.#monitor.disable()
    this.#before = now
    this.#resolutionMs = activeMs / (idleMs + activeMs) < BUSY_FROM ? RESOLUTION_MS.idle : RESOLUTION_MS.busy
    this.#monitor = this.#watch()
    return this.#told
  }

  #watch(): Monitor {
    const monitor = this.#loop.monitor(this.#resolutionMs)
    monitor.enable()
    return monitor
  }
}

function family(suffix: string, help: string, lagNs: number): MetricFamily {
  return {
    name: `nodejs_eventloop_lag${suffix}_seconds`,
    help,
    kind: 'gauge',
    samples: [{ labels: {}, value: Math.max(0, lagNs) * NANOSECOND }],
  }
}
