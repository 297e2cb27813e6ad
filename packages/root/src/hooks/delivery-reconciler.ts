import { type Clock, type Logger, type Random, throwIfAborted, toOakError } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import type { Reader, Store, Writer } from '@oakestra/store'
import { DEAD_MAX, type Hook, type HookDelivery, hookDeliveries, lineKey } from './hook.ts'
import type { HookBook } from './hook-book.ts'
import { callHook, type HookCaller } from './hook-caller.ts'
import { type Attempt, planDelivery } from './plan-delivery.ts'

/** Told in one run; then others have their turn. */
const BATCH = 32

export interface DeliveryDeps {
  readonly store: Store
  readonly book: HookBook
  readonly caller: HookCaller
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Tells each hook what it is to hear, one thing after the other, until it has heard or a day is over. A key is a hook. */
export class DeliveryReconciler implements Reconciler {
  readonly #deps: DeliveryDeps

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
  }

  keys(): Promise<readonly string[]> {
    return Promise.resolve(this.#deps.book.listeners())
  }

  async reconcile(hookId: string, signal: AbortSignal): Promise<Outcome> {
    const hook = this.#deps.book.get(hookId)
    if (!hook) return { state: 'settled' }
    const line = await this.#deps.store.read((reader) => inLine(reader, hookId))
    for (const delivery of line) {
      if ((delivery.dueAtMs ?? 0) > this.#deps.clock.wallMs()) break
      throwIfAborted(signal)
      await this.#tell(hook, delivery, signal)
    }
    return this.#next(hookId)
  }

  async #next(hookId: string): Promise<Outcome> {
    const [first] = await this.#deps.store.read((reader) => inLine(reader, hookId))
    if (first?.dueAtMs === undefined) return { state: 'settled' }
    return { state: 'waiting', on: 'the next attempt', recheckMs: first.dueAtMs - this.#deps.clock.wallMs() }
  }

  async #tell(hook: Hook, delivery: HookDelivery, signal: AbortSignal): Promise<void> {
    const attempt = await this.#attempt(hook, delivery, signal)
    // A root that stops says nothing about the receiver.
    throwIfAborted(signal)
    await this.#deps.store.write((writer) => this.#note(writer, delivery, attempt))
  }

  async #attempt(hook: Hook, delivery: HookDelivery, signal: AbortSignal): Promise<Attempt> {
    const body = { ...delivery.body, time: new Date(delivery.happenedAtMs).toISOString() }
    try {
      return await callHook(hook, delivery.event, delivery.id, body, { ...this.#deps, signal })
    } catch (thrown) {
      return { failure: toOakError(thrown).message }
    }
  }

  async #note(writer: Writer, tried: HookDelivery, attempt: Attempt): Promise<void> {
    const kept = await writer.get(hookDeliveries, tried.id)
    if (!kept) return
    const plan = planDelivery(tried, kept, attempt, this.#deps.clock.wallMs(), this.#deps.random)
    if (plan.kind === 'heard') return writer.remove(hookDeliveries, tried.id)
    await writer.put(hookDeliveries, plan.delivery)
    if (plan.delivery.deadAtMs === undefined) return
    this.#deps.logger.warn('a hook was not told, and will not be', { hook: tried.hookId, err: plan.delivery.lastError })
    await makeRoom(writer, tried.hookId)
  }
}

/** What is to be told next, in its order. */
async function inLine(reader: Reader, hookId: string): Promise<readonly HookDelivery[]> {
  const line = await reader.list(hookDeliveries, { index: 'line', greaterThan: lineKey(hookId, 0), limit: BATCH })
  return line.filter((delivery) => delivery.hookId === hookId)
}

/** The oldest of those that were given up go. */
async function makeRoom(writer: Writer, hookId: string): Promise<void> {
  const surplus = (await writer.count(hookDeliveries, { index: 'dead', equals: hookId })) - DEAD_MAX
  if (surplus <= 0) return
  const oldest = await writer.list(hookDeliveries, { index: 'graveyard', greaterThan: lineKey(hookId, 0), limit: surplus })
  for (const { id, hookId: owner } of oldest) if (owner === hookId) await writer.remove(hookDeliveries, id)
}
