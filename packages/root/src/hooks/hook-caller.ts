import { createHmac } from 'node:crypto'
import { type Clock, OakError, withDeadline } from '@oakestra/base'
import type { Hook, HookEvent } from './hook.ts'

export interface HookCall {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HookAnswer {
  readonly status: number
  readonly body: string
}

/** Posts to whoever listens. @throws OakError when there is no answer */
export type HookCaller = (call: HookCall, signal: AbortSignal) => Promise<HookAnswer>

export interface CallOptions {
  readonly clock: Clock
  readonly caller: HookCaller
  /** Ends the call early. */
  readonly signal?: AbortSignal
}

/**
 * Calls a hook with a document, signed, and waits for its answer as long as the hook may take.
 * @param deliveryId the same for each try to tell the same
 * @throws OakError `unavailable`, `deadline-exceeded`, `bad-request` for an address that is not called
 */
export async function callHook(
  hook: Hook,
  event: HookEvent,
  deliveryId: string,
  document: unknown,
  { clock, caller, signal }: CallOptions,
): Promise<HookAnswer> {
  const ended = new AbortController()
  const body = JSON.stringify(document)
  const headers = signedHeaders(hook, event, deliveryId, body, clock.wallMs())
  try {
    const calling = caller({ url: hook.url, headers, body }, signal ? AbortSignal.any([signal, ended.signal]) : ended.signal)
    return await withDeadline(calling, hook.timeoutMs, `the hook ${hook.name}`, clock)
  } finally {
    ended.abort(new OakError('aborted', 'the call is over'))
  }
}

/** What a receiver checks: that it is root that calls, and not somebody who recorded a call. `docs/hooks.md`. */
function signedHeaders(hook: Hook, event: HookEvent, deliveryId: string, body: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  return {
    'content-type': 'application/json',
    'user-agent': 'oakestra-hooks',
    'x-oak-event': event,
    'x-oak-hook': hook.id,
    'x-oak-delivery': deliveryId,
    'x-oak-timestamp': timestamp,
    'x-oak-signature': `sha256=${createHmac('sha256', hook.secret).update(`${timestamp}.${body}`).digest('hex')}`,
  }
}
