import { type BackoffOptions, backoffMs, type OakError, type Random } from '@oakestra/base'
import type { Outcome } from './reconciler.ts'

/** How one run of a key ended. */
export type RunResult = Outcome | { readonly state: 'failed'; readonly error: OakError }

/** What happens with a key next. `delayMs` absent: nothing, until it is nudged or the period comes. */
export interface NextStep {
  readonly phase: 'waiting' | 'failing' | 'stuck' | 'settled'
  readonly failures: number
  readonly reason?: string
  readonly delayMs?: number
}

/** A reconciler that asks to look again at once would keep a core busy. */
const RECHECK_MS_MIN = 10

/**
 * Decides from the last run alone. `failures` counts those in a row before this run.
 * Called off is not refused: an `aborted` run is tried again like any passing fault.
 */
export function nextStep(result: RunResult, failures: number, backoff: BackoffOptions, random: Random): NextStep {
  switch (result.state) {
    case 'settled':
      return { phase: 'settled', failures: 0 }
    case 'waiting':
      return { phase: 'waiting', failures: 0, reason: result.on, delayMs: Math.max(RECHECK_MS_MIN, result.recheckMs) }
    case 'failed': {
      const { error } = result
      const next = { failures: failures + 1, reason: error.message }
      if (!error.retryable && error.code !== 'aborted') return { phase: 'stuck', ...next }
      return { phase: 'failing', ...next, delayMs: backoffMs(failures, backoff, random) }
    }
  }
}
