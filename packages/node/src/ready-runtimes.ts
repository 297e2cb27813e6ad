import { type Logger, toOakError } from '@oakestra/base'
import { type Runtime, runtimesOf } from '@oakestra/runtime'

/** What the runtimes that work now add to the facts of a node. */
export interface ReadyRuntimes {
  readonly virtualizations: readonly string[]
  /** `key=value`. */
  readonly labels: readonly string[]
}

/** Asks the runtimes of a node whether they work, and says it when that changes. */
export class RuntimeWatch {
  readonly #runtime: Runtime
  readonly #logger: Logger
  readonly #faults = new Map<Runtime, string>()

  constructor(runtime: Runtime, logger: Logger) {
    this.#runtime = runtime
    this.#logger = logger
  }

  /** One that does not work offers nothing: the scheduler must not send anything to it. */
  async look(): Promise<ReadyRuntimes> {
    const ready = await Promise.all(runtimesOf(this.#runtime).map((runtime) => this.#lookAt(runtime)))
    return { virtualizations: ready.flatMap((one) => one.virtualizations), labels: ready.flatMap((one) => one.labels) }
  }

  async #lookAt(runtime: Runtime): Promise<ReadyRuntimes> {
    const { name, virtualizations } = runtime
    try {
      const { labels = [] } = await runtime.check()
      if (this.#faults.delete(runtime)) this.#logger.info('a runtime works again', { runtime: name })
      return { virtualizations, labels }
    } catch (thrown) {
      const { message } = toOakError(thrown)
      if (this.#faults.get(runtime) !== message) this.#logger.error('a runtime does not work', { runtime: name, err: message })
      this.#faults.set(runtime, message)
      return { virtualizations: [], labels: [] }
    }
  }
}
