import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Usage } from '@oakestra/model'
import type { Runtime } from '@oakestra/runtime'
import type { Samples } from '@oakestra/wire'
import type { Machine } from './machine.ts'

// Charts need no more, and an idle node shall cost next to nothing (DESIGN 12: 0.25 kbit/s).
const SAMPLE_MS = 15_000
// A number that moved less than this is not worth a message.
const CPU_STEP_PERCENT = 1
const MEMORY_STEP_BYTES = 512 * 1024
// A parent that was started anew hears the numbers after so many samples, also when nothing moves.
const SAMPLES_QUIET_MAX = 4

/** Measures the machine and its instances on a period and passes on what moved. */
export class Sampler implements AsyncDisposable {
  readonly #deps: SamplerDeps
  #timer: Timer | undefined
  #stopped = false
  #ticks: { busyTicks: number; totalTicks: number } | undefined
  #said: Samples | undefined
  #last: Samples | undefined
  #quietFor = 0

  constructor(deps: SamplerDeps) {
    this.#deps = deps
    this.#schedule(0)
  }

  /** What was measured last. */
  get last(): Samples | undefined {
    return this.#last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #schedule(delayMs: number): void {
    if (!this.#stopped) this.#timer = this.#deps.clock.after(delayMs, () => void this.#sample())
  }

  async #sample(): Promise<void> {
    try {
      const samples = await this.#measure()
      this.#last = samples
      this.#quietFor += 1
      if (!this.#said || moved(this.#said, samples) || this.#quietFor >= SAMPLES_QUIET_MAX) {
        this.#said = samples
        this.#quietFor = 0
        this.#deps.send(samples)
      }
    } catch (thrown) {
      this.#deps.logger.debug('could not measure', { err: toOakError(thrown).message })
    }
    this.#schedule(SAMPLE_MS)
  }

  async #measure(): Promise<Samples> {
    const [usage, load] = await Promise.all([this.#deps.runtime.usage(), this.#deps.machine.load()])
    const before = this.#ticks ?? { busyTicks: 0, totalTicks: 0 }
    this.#ticks = load
    const spent = load.totalTicks - before.totalTicks
    const cpuPercent = spent > 0 ? ((load.busyTicks - before.busyTicks) / spent) * 100 : 0
    return {
      cpuPercent: tenth(cpuPercent),
      memoryPercent: tenth(load.memoryPercent),
      instances: Object.fromEntries([...usage].map(rounded)),
    }
  }
}

export interface SamplerDeps {
  readonly runtime: Runtime
  readonly machine: Machine
  readonly clock: Clock
  readonly logger: Logger
  readonly send: (samples: Samples) => void
}

function moved(before: Samples, now: Samples): boolean {
  if (Math.abs(before.cpuPercent - now.cpuPercent) >= CPU_STEP_PERCENT) return true
  const ids = new Set([...Object.keys(before.instances), ...Object.keys(now.instances)])
  return [...ids].some((id) => usageMoved(before.instances[id], now.instances[id]))
}

function usageMoved(before: Usage | undefined, now: Usage | undefined): boolean {
  if (!before || !now) return before !== now
  return (
    Math.abs(before.cpuPercent - now.cpuPercent) >= CPU_STEP_PERCENT || Math.abs(before.memoryBytes - now.memoryBytes) >= MEMORY_STEP_BYTES
  )
}

function rounded([id, usage]: [string, Usage]): [string, Usage] {
  return [id, { ...usage, cpuPercent: tenth(usage.cpuPercent) }]
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
