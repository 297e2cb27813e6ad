/** What every call may carry. */
export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Absent for streams and for questions that may wait for ever. */
  readonly timeoutMs?: number | undefined
}
