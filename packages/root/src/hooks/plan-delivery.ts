import { type BackoffOptions, backoffMs, type Random } from '@oakestra/base'
import type { HookDelivery } from './hook.ts'

/** Seconds for a receiver that restarts, quarters of an hour for one that is away over night. */
const BACKOFF: BackoffOptions = { firstMs: 1_000, maxMs: 15 * 60_000 }
/** What nobody took in for a day nobody waits for. */
const TRIED_FOR_MS = 24 * 3_600_000
/** With which a receiver says that it will not take this, however often it is told. A 404 may be one that is being set up. */
const FINAL: ReadonlySet<number> = new Set([400, 410, 413, 415, 422])

/** How an attempt ended: with the status of an answer, or with why there was none. */
export type Attempt = { readonly status: number } | { readonly failure: string }

/** What becomes of a delivery after an attempt: heard, told again because it happened again meanwhile, later, or never. */
export type DeliveryPlan = { readonly kind: 'heard' } | { readonly kind: 'keep'; readonly delivery: HookDelivery }

/**
 * @param tried the delivery as it was told
 * @param kept the same as it is now; something may have happened since
 */
export function planDelivery(tried: HookDelivery, kept: HookDelivery, attempt: Attempt, nowMs: number, random: Random): DeliveryPlan {
  const error = errorOf(attempt)
  if (error === undefined) return kept.changes === tried.changes ? { kind: 'heard' } : { kind: 'keep', delivery: anew(kept, nowMs) }
  const failingSinceMs = kept.failingSinceMs ?? nowMs
  const attempts = kept.attempts + 1
  const failed = { ...kept, attempts, failingSinceMs, lastError: error }
  if (isFinal(attempt) || nowMs - failingSinceMs >= TRIED_FOR_MS) return { kind: 'keep', delivery: buried(failed, nowMs) }
  return { kind: 'keep', delivery: { ...failed, dueAtMs: nowMs + backoffMs(kept.attempts, BACKOFF, random) } }
}

/** As if it had just happened. */
export function anew(delivery: HookDelivery, nowMs: number): HookDelivery {
  const { failingSinceMs: _, lastError: __, deadAtMs: ___, ...rest } = delivery
  return { ...rest, attempts: 0, dueAtMs: nowMs }
}

function buried(delivery: HookDelivery, nowMs: number): HookDelivery {
  const { dueAtMs: _, ...rest } = delivery
  return { ...rest, deadAtMs: nowMs }
}

function isFinal(attempt: Attempt): boolean {
  return 'status' in attempt && FINAL.has(attempt.status)
}

function errorOf(attempt: Attempt): string | undefined {
  if ('failure' in attempt) return attempt.failure
  return attempt.status >= 200 && attempt.status < 300 ? undefined : `it answered with status ${attempt.status}`
}
