import { type Logger, toOakError } from '@oakestra/base'
import { type Runtime, runtimesOf } from '@oakestra/runtime'

/** What the runtimes of a node add to its facts. */
export interface ReadyRuntimes {
  /** Of those that work now. */
  readonly virtualizations: readonly string[]
  /** `key=value`. */
  readonly labels: readonly string[]
  /** Why the others do not, by the words that they would offer. */
  readonly faults: Readonly<Record<string, string>>
}

// Travels to root with every node; ours say what to do in less.
const SENTENCE_MAX = 300

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
    const looks = await Promise.all(runtimesOf(this.#runtime).map((runtime) => this.#lookAt(runtime)))
    return {
      virtualizations: looks.flatMap((one) => one.virtualizations),
      labels: [...new Set(looks.flatMap((one) => one.labels))],
      faults: Object.assign({}, ...looks.map((one) => one.faults)),
    }
  }

  async #lookAt(runtime: Runtime): Promise<ReadyRuntimes> {
    const { name, virtualizations } = runtime
    try {
      const { labels = [] } = await runtime.check()
      if (this.#faults.delete(runtime)) this.#logger.info('a runtime works again', { runtime: name })
      return { virtualizations, labels, faults: {} }
    } catch (thrown) {
      const { message } = toOakError(thrown)
      if (this.#faults.get(runtime) !== message) this.#logger.error('a runtime does not work', { runtime: name, err: message })
      this.#faults.set(runtime, message)
      const sentence = message.slice(0, SENTENCE_MAX)
      return { virtualizations: [], labels: [], faults: Object.fromEntries(virtualizations.map((word) => [word, sentence])) }
    }
  }
}
