import type { Clock, IdGenerator, Logger, Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import type { Store } from '@oakestra/store'
import { DeliveryReconciler } from './delivery-reconciler.ts'
import { hookDeliveries, hooks } from './hook.ts'
import { HookBook } from './hook-book.ts'
import type { HookCaller } from './hook-caller.ts'
import { httpHookCaller } from './http-hook-caller.ts'
import { PreHooks } from './pre-hooks.ts'
import { watchingStore } from './watching-store.ts'

/** What waits longer than this without a nudge is looked for. */
const RESYNC_MS = 60_000
/** Hooks that are told at the same time, each one thing after the other. */
const CONCURRENCY = 8

export interface HooksOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly random: Random
  readonly logger: Logger
  /** How hooks are called; over HTTP when absent. */
  readonly caller?: HookCaller
}

/** Everything about hooks that runs. */
export interface Hooks extends AsyncDisposable {
  /** Through which everything has to be changed that hooks are to hear of. */
  readonly store: Store
  readonly before: PreHooks
  status(): ControllerStatus
  idle(): Promise<void>
}

/** Reads which hooks there are and begins to tell them what they have not heard yet. */
export async function openHooks({ caller = httpHookCaller, store: inner, ...deps }: HooksOptions): Promise<Hooks> {
  const book = new HookBook()
  await inner.read((reader) => book.load(reader))
  const store = watchingStore(inner, { ...deps, book })
  const controller = startTelling({ store, book, caller, ...deps })
  const unsubscribe = store.onCommit((changes) => {
    if (changes.some(({ collection, kind }) => kind === 'put' && (collection === hookDeliveries.name || collection === hooks.name))) {
      for (const id of book.listeners()) controller.nudge(id)
    }
  })
  return {
    store,
    before: new PreHooks({ book, caller, ...deps }),
    status: () => controller.status(),
    idle: () => controller.idle(),
    async [Symbol.asyncDispose]() {
      unsubscribe()
      await controller[Symbol.asyncDispose]()
    },
  }
}

function startTelling(deps: ConstructorParameters<typeof DeliveryReconciler>[0]): Controller {
  const { clock, random, logger } = deps
  return createController({
    name: 'hooks',
    reconciler: new DeliveryReconciler(deps),
    concurrency: CONCURRENCY,
    resyncMs: RESYNC_MS,
    backoff: { firstMs: 1_000, maxMs: 60_000 },
    clock,
    random,
    logger,
  })
}
