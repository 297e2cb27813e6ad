import { createHash } from 'node:crypto'
import { type Clock, type LogFields, type Logger, toOakError } from '@oakestra/base'

/** Everything that happened, in order. Two runs of one seed have the same digest. */
export class Trace {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []
  readonly #isKept: boolean

  /** @param isKept false: only the digest is wanted, which costs no memory */
  constructor(clock: Pick<Clock, 'monotonicMs'>, { isKept }: { readonly isKept: boolean }) {
    this.#clock = clock
    this.#isKept = isKept
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  note(what: string): void {
    const line = `${(this.#clock.monotonicMs() / 1000).toFixed(3).padStart(9)} ${what}`
    this.#hash.update(line)
    if (this.#isKept) this.#lines.push(line)
  }

  /** A digest of all notes up to now. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** A logger whose lines are part of the trace. */
  logger(role: string, bound: LogFields = {}): Logger {
    const say = (level: string) => (message: string, fields?: LogFields) => {
      this.note(`${role} ${level}: ${message}${render({ ...bound, ...fields })}`)
    }
    const silent = () => undefined
    return {
      error: say('error'),
      warn: say('warn'),
      info: say('info'),
      debug: silent,
      child: (fields) => this.logger(role, { ...bound, ...fields }),
    }
  }
}

function render(fields: LogFields): string {
  const parts = Object.entries(fields).map(([key, value]) => {
    return `${key}=${value instanceof Error ? toOakError(value).message : JSON.stringify(value)}`
  })
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
