import type { MetricFamily } from '@oakestra/base'
import { LEVELS, type LogLine, type LogQuery, matches, parseLogLine } from './log-line.ts'

/** What a slow reader may be behind; then it is told how much it missed. */
const BEHIND_MAX = 2_000

export interface Following extends Disposable {
  /** What came since the last call, oldest first. Waits until there is something. */
  next(signal: AbortSignal): Promise<{ readonly lines: readonly LogLine[]; readonly missed: number }>
}

/** Lines as they are written: counts them, and hands them to whoever follows. */
export class LogFeed {
  readonly #counts = new Map<string, number>()
  readonly #followers = new Set<Follower>()

  /** To be given every line that is written. */
  take(text: string): void {
    const line = parseLogLine(text)
    if (!line) return
    const key = `${String(line.fields['role'] ?? 'daemon')} ${line.level}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    for (const follower of this.#followers) follower.take(line)
  }

  follow(query: LogQuery): Following {
    const follower = new Follower(query)
    this.#followers.add(follower)
    return {
      next: (signal) => follower.next(signal),
      [Symbol.dispose]: () => void this.#followers.delete(follower),
    }
  }

  /** Lines by role and level; all levels of a role that said anything, so that what never happened is known to be 0. */
  metrics(): readonly MetricFamily[] {
    const roles = new Set([...this.#counts.keys()].map((key) => key.split(' ')[0] ?? ''))
    const samples = [...roles].flatMap((role) =>
      LEVELS.map((level) => ({ labels: { role, level }, value: this.#counts.get(`${role} ${level}`) ?? 0 })),
    )
    return [{ name: 'oak_log_lines_total', help: 'Lines that the daemons logged.', kind: 'counter', samples }]
  }
}

class Follower {
  readonly #query: LogQuery
  #lines: LogLine[] = []
  #missed = 0
  #wake: (() => void) | undefined

  constructor(query: LogQuery) {
    this.#query = query
  }

  take(line: LogLine): void {
    if (!matches(line, this.#query)) return
    if (this.#lines.length >= BEHIND_MAX) this.#missed += 1
    else this.#lines.push(line)
    this.#wake?.()
  }

  async next(signal: AbortSignal): Promise<{ readonly lines: readonly LogLine[]; readonly missed: number }> {
    while (this.#lines.length === 0 && !signal.aborted) await this.#something(signal)
    const taken = { lines: this.#lines, missed: this.#missed }
    this.#lines = []
    this.#missed = 0
    return taken
  }

  #something(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
