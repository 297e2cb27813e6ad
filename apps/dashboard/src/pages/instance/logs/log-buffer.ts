/** A line of output as it is shown. */
export interface LogEntry {
  /** Counts up; never used twice in one buffer. */
  readonly key: number
  readonly timeMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

export interface LogFilter {
  readonly stdout: boolean
  readonly stderr: boolean
  /** Only lines that contain this, whatever the case. */
  readonly search: string
}

/** Scrolled by people; more is a download. At 200 bytes a line that is 10 MB. */
export const LINES_MAX = 50_000
/** Dropped at once when it is full, so that a full buffer is not moved with every line. */
const DROPPED_AT_ONCE = 5_000

/** The newest lines, and which of them are to be seen. Only what is new is looked at when lines arrive. */
export class LogBuffer {
  #lines: LogEntry[] = []
  #shown: LogEntry[] = []
  #filter: LogFilter = { stdout: true, stderr: true, search: '' }
  #next = 0
  #dropped = 0

  /** Lines that pass the filter, the oldest first. A new array after each change. */
  get shown(): readonly LogEntry[] {
    return this.#shown
  }

  get size(): number {
    return this.#lines.length
  }

  /** Lines that were here and are no longer. */
  get dropped(): number {
    return this.#dropped
  }

  get lastTimeMs(): number | undefined {
    return this.#lines.at(-1)?.timeMs
  }

  add(lines: readonly Omit<LogEntry, 'key'>[]): void {
    if (lines.length === 0) return
    const entries = lines.map((line) => ({ ...line, key: this.#next++ }))
    this.#lines.push(...entries.slice(-LINES_MAX))
    this.#shown = this.#shown.concat(entries.filter((entry) => this.#passes(entry)))
    if (this.#lines.length > LINES_MAX) this.#drop(this.#lines.length - LINES_MAX + DROPPED_AT_ONCE)
  }

  setFilter(filter: LogFilter): void {
    this.#filter = filter
    this.#shown = this.#lines.filter((entry) => this.#passes(entry))
  }

  clear(): void {
    this.#lines = []
    this.#shown = []
    this.#dropped = 0
  }

  #drop(count: number): void {
    this.#lines = this.#lines.slice(count)
    this.#dropped += count
    const first = this.#lines[0]?.key ?? this.#next
    const start = this.#shown.findIndex(({ key }) => key >= first)
    this.#shown = start < 0 ? [] : this.#shown.slice(start)
  }

  #passes({ stream, text }: LogEntry): boolean {
    const { search } = this.#filter
    return this.#filter[stream] && (search === '' || text.toLowerCase().includes(search.toLowerCase()))
  }
}
