import { backoffMs, type Random } from '@oakestra/base'

// Decision 10: half a second for a service that fell once, five minutes for one that does nothing else.
const RESTART = { firstMs: 500, maxMs: 300_000 }

/** How long to wait before the next start after this many strikes in a row before the present one, in milliseconds. */
export function restartDelayMs(strikesBefore: number, random: Random): number {
  return backoffMs(strikesBefore, RESTART, random)
}

/** The longest that an instance with this many strikes can have been told to wait, in milliseconds. */
export function longestRestartDelayMs(strikes: number): number {
  return Math.min(RESTART.maxMs, RESTART.firstMs * 2 ** Math.min(strikes, 30))
}
