import type { Collection } from '@oakestra/store'

/** When a hook is called. `pre_*`: before the change, which waits for the answer. `post_*`: after it. `reference/orchestration.md` 8.2. */
export const HOOK_EVENTS = ['pre_create', 'pre_update', 'pre_delete', 'post_create', 'post_update', 'post_delete'] as const
export type HookEvent = (typeof HOOK_EVENTS)[number]
export type PreEvent = Extract<HookEvent, `pre_${string}`>
export type PostEvent = Extract<HookEvent, `post_${string}`>

/** Somebody who wants to know of changes, and may have a say in them. */
export interface Hook {
  readonly id: string
  readonly name: string
  /** Where it is called. */
  readonly url: string
  /** What it is about, in the word of whoever made it: `services`, `jobs`, the name of a custom type. */
  readonly entity: string
  readonly events: readonly HookEvent[]
  /** With which calls are signed. */
  readonly secret: string
  /** What becomes of a change when a `pre_*` call gets no answer. */
  readonly onFailure: 'open' | 'closed'
  readonly timeoutMs: number
  readonly createdAtMs: number
  /** How many events were not kept because too many waited already. */
  readonly dropped: number
}

/** That one hook is to hear of one thing. It is there until the hook has heard, or is not tried any more. */
export interface HookDelivery {
  /** The same for the same hook, event and subject: what happens again before it was told is told once. */
  readonly id: string
  readonly hookId: string
  readonly event: PostEvent
  /** What is sent. */
  readonly body: Readonly<Record<string, unknown>>
  /** When it happened, for the last time. */
  readonly happenedAtMs: number
  /** Raised each time it happens: what happens while it is being told is told again. */
  readonly changes: number
  readonly attempts: number
  /** Of the first attempt in vain. */
  readonly failingSinceMs?: number
  readonly lastError?: string
  /** When it is tried next; absent for what is not tried any more. */
  readonly dueAtMs?: number
  /** When it was given up. */
  readonly deadAtMs?: number
}

/** Called one after the other while somebody waits: more hooks than this are a mistake. */
export const HOOKS_MAX = 64
/** Events of one hook that wait to be told; a receiver that is away for a day finds the newest state by itself. */
export const WAITING_MAX = 10_000
/** Given up and kept to be looked at; the oldest make room. */
export const DEAD_MAX = 1_000
/** `reference/orchestration.md` 8.2 has 15 s; whoever made the change waits for it. */
export const TIMEOUT_DEFAULT_MS = 2_000
export const TIMEOUT_MAX_MS = 15_000

export const hooks: Collection<Hook> = { name: 'hooks', key: (hook) => hook.id, indexes: { name: (hook) => hook.name } }
export const hookDeliveries: Collection<HookDelivery> = {
  name: 'hook_deliveries',
  key: (delivery) => delivery.id,
  indexes: {
    hookId: (delivery) => delivery.hookId,
    waiting: (delivery) => (delivery.dueAtMs === undefined ? undefined : delivery.hookId),
    dead: (delivery) => (delivery.deadAtMs === undefined ? undefined : delivery.hookId),
    line: ({ hookId, dueAtMs }) => (dueAtMs === undefined ? undefined : lineKey(hookId, dueAtMs)),
    graveyard: ({ hookId, deadAtMs }) => (deadAtMs === undefined ? undefined : lineKey(hookId, deadAtMs)),
  },
}

/** Where something stands among what belongs to one hook, by time. */
export function lineKey(hookId: string, atMs: number): string {
  return `${hookId}/${String(Math.max(0, Math.floor(atMs))).padStart(16, '0')}`
}
