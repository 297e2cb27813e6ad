/** One line, or part of a long line, of a workload's output. */
export interface LogEntry {
  /** When the agent received it, milliseconds since the Unix epoch. */
  readonly timeMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
  /** True when the line goes on in the next entry of the same stream. */
  readonly partial: boolean
}

export interface LogQuery {
  /** The last so many entries; all that is kept when absent. */
  readonly tail?: number
  /** Entries received at or after this time only. */
  readonly sinceMs?: number
  /** Go on with what is printed from now on, until aborted or the workload's log is removed. */
  readonly follow: boolean
}

/** Keeps what workloads print: time-stamped, by stream, rotated. Nothing printed while the agent was away is lost (within bounds). */
export interface LogKeeper extends AsyncDisposable {
  /** Prepares the files a runtime appends to and begins to collect them. May be repeated. */
  open(id: string): Promise<{ readonly stdoutPath: string; readonly stderrPath: string }>
  /** Collects what was already printed; after this `read` shows it. */
  flush(id: string): Promise<void>
  /** @throws OakError `not-found` when nothing is kept under this id */
  read(id: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogEntry>
  /** Removes every file of this log. */
  remove(id: string): Promise<void>
  /** Ids something is kept for. */
  list(): Promise<readonly string[]>
}
