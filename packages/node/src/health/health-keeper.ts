import { type Clock, type Logger, onAbort, type Random, type Timer, toOakError, withDeadline } from '@oakestra/base'
import { PlacesAtOnce } from '../places-at-once.ts'
import { type HealthCourse, type HealthVerdict, judge, newCourse, nextQuestionMs } from './judge.ts'
import type { HealthCheck, HealthProber, ProbeAnswer } from './prober.ts'

// A node has 61 instances at most. Were all of them to hang for two seconds, each would still be asked within ten.
const PROBES_AT_ONCE = 16
// For a command the time counts from when it runs; a runtime that does not get so far says nothing about the instance.
const RUNTIME_PATIENCE_MS = 5_000

/** A process that is asked whether it works. */
export interface WatchedRun {
  readonly id: string
  /** Tells this process from the next one of the same instance. */
  readonly pid: number
  readonly address: string
  readonly check: HealthCheck
  /** It answered well before this agent began to look. */
  readonly wasHealthy: boolean
}

export interface HealthKeeperDeps {
  readonly prober: HealthProber
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Told when a verdict or its reason changes; `undefined`: the instance is watched no more. */
  readonly onVerdict: (id: string, verdict: HealthVerdict | undefined) => void
}

interface Watch {
  readonly run: WatchedRun
  readonly stop: AbortController
  course: HealthCourse
  timer: Timer | undefined
}

/** Asks the instances that run and have a health check, each in its rhythm, a few at a time. Decides nothing about them. */
export class HealthKeeper implements Disposable {
  readonly #deps: HealthKeeperDeps
  readonly #places = new PlacesAtOnce(PROBES_AT_ONCE)
  readonly #watches = new Map<string, Watch>()

  constructor(deps: HealthKeeperDeps) {
    this.#deps = deps
  }

  /** Begins to watch a process. Being told of the same one again changes nothing; its check may change under it. */
  watch(run: WatchedRun): void {
    const before = this.#watches.get(run.id)
    if (before && isSame(before.run, run)) return
    const isSameProcess = before?.run.pid === run.pid
    this.#end(before)
    const course = isSameProcess && before ? before.course : newCourse(run.wasHealthy, this.#deps.clock.monotonicMs())
    const watch: Watch = { run, stop: new AbortController(), course, timer: undefined }
    this.#watches.set(run.id, watch)
    this.#tell(watch)
    this.#schedule(watch)
  }

  unwatch(id: string): void {
    const watch = this.#watches.get(id)
    if (!watch) return
    this.#end(watch)
    this.#watches.delete(id)
    this.#deps.onVerdict(id, undefined)
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) this.#end(watch)
    this.#watches.clear()
  }

  #end(watch: Watch | undefined): void {
    watch?.stop.abort()
    watch?.timer?.cancel()
  }

  #schedule(watch: Watch): void {
    const { clock, random } = this.#deps
    watch.timer = clock.after(nextQuestionMs(watch.course, watch.run.check, random), () => void this.#probe(watch))
  }

  async #probe(watch: Watch): Promise<void> {
    const { signal } = watch.stop
    const answer = await this.#places.run(async () => (signal.aborted ? undefined : this.#ask(watch)))
    if (signal.aborted || !answer) return
    if (answer.answer === 'unknown') this.#deps.logger.debug('could not check an instance', { instance: watch.run.id, err: answer.reason })
    const before = watch.course
    watch.course = judge(before, watch.run.check, answer, this.#deps.clock.monotonicMs())
    if (before.state !== watch.course.state || before.reason !== watch.course.reason) this.#tell(watch)
    this.#schedule(watch)
  }

  async #ask({ run, stop }: Watch): Promise<ProbeAnswer> {
    const { prober, clock } = this.#deps
    const { timeoutMs, probe } = run.check
    const patienceMs = probe.kind === 'command' ? timeoutMs + RUNTIME_PATIENCE_MS : timeoutMs
    const over = new AbortController()
    const unlink = onAbort(stop.signal, () => over.abort())
    try {
      const asked = prober.probe({ instanceId: run.id, address: run.address, probe, timeoutMs }, over.signal)
      return await withDeadline(asked, patienceMs, 'an answer', clock)
    } catch (thrown) {
      const { code, message } = toOakError(thrown)
      if (code !== 'deadline-exceeded' || probe.kind === 'command') return { answer: 'unknown', reason: message }
      return { answer: 'bad', reason: `it did not answer within ${timeoutMs} ms` }
    } finally {
      unlink()
      over.abort()
    }
  }

  #tell({ run, course: { state, reason } }: Watch): void {
    this.#deps.onVerdict(run.id, { state, reason })
  }
}

function isSame(a: WatchedRun, b: WatchedRun): boolean {
  return a.pid === b.pid && a.address === b.address && JSON.stringify(a.check) === JSON.stringify(b.check)
}
