/** How a run ended when it did not fail. `waiting` is no failure: look again later, or when nudged. */
export type Outcome = { readonly state: 'settled' } | { readonly state: 'waiting'; readonly on: string; readonly recheckMs: number }

/** Makes the world match what is desired for one key. May run at any time, twice, or late. Gets a key, never an event. */
export interface Reconciler<Key extends string = string> {
  /**
   * @throws OakError retryable: tried again with backoff. Not retryable: the reason is kept and nothing
   * happens for this key until it is nudged.
   */
  reconcile(key: Key, signal: AbortSignal): Promise<Outcome>
  /** Every key that exists now: visited on the period, so that a lost nudge costs only time. */
  keys(): Promise<readonly Key[]>
}

export interface KeyStatus {
  readonly key: string
  readonly phase: 'queued' | 'running' | 'waiting' | 'failing' | 'stuck' | 'settled'
  readonly failures: number
  readonly reason?: string
}

export interface ControllerStatus {
  readonly name: string
  readonly runs: number
  readonly failures: number
  readonly lastRunAtMs?: number
  readonly keys: readonly KeyStatus[]
}

export interface Controller<Key extends string = string> extends AsyncDisposable {
  /** Asks for a run of this key soon. A nudge during a run means one more run after it; duplicates merge. */
  nudge(key: Key): void
  /** Asks for a run of every key. */
  nudgeAll(): void
  status(): ControllerStatus
  /** Resolves when no key is queued or running. */
  idle(): Promise<void>
}
