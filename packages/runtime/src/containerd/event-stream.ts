import { backoffMs, type Clock, type Logger, type Random } from '@oakestra/base'
import { EventsDefinition, TaskExit } from './api.ts'
import type { ContainerdClient } from './client.ts'

const BACKOFF = { firstMs: 200, maxMs: 5_000 }
// A stream that lived so long was healthy: the next failure is a new one.
const HEALTHY_MS = 30_000

export interface EventStreamOptions {
  readonly client: ContainerdClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** A container's own process ended, or its memory ran out. */
  readonly onTask: (id: string) => void
  /** Events may have been missed: everything may have changed. */
  readonly onGap: () => void
}

/** Follows containerd's events for as long as it lives, over restarts of the daemon. */
export class EventStream implements AsyncDisposable {
  readonly #options: EventStreamOptions
  readonly #abort = new AbortController()
  readonly #loop: Promise<void>

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#loop = this.#follow()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  async #follow(): Promise<void> {
    const { clock, random, logger } = this.#options
    for (let attempt = 0; !this.#abort.signal.aborted; attempt += 1) {
      const begunMs = clock.monotonicMs()
      await this.#subscribe(attempt > 0).catch((thrown: unknown) => {
        if (!this.#abort.signal.aborted) logger.warn('containerd events interrupted', { err: thrown })
      })
      if (clock.monotonicMs() - begunMs > HEALTHY_MS) attempt = 0
      await clock.sleep(backoffMs(attempt, BACKOFF, random), this.#abort.signal).catch(() => undefined)
    }
  }

  async #subscribe(isAgain: boolean): Promise<void> {
    const { client, onTask, onGap } = this.#options
    const filters = [`namespace==${client.namespace},topic~="^/tasks/(exit|oom)$"`]
    const events = client.stream(EventsDefinition, 'subscribe', { filters }, { signal: this.#abort.signal })
    // What happened while nobody listened is found by looking, once the subscription stands or fails.
    if (isAgain) onGap()
    for await (const { topic, event } of events) {
      // Both events begin with the container; an exit goes on with the process within it.
      const { containerId, id } = TaskExit.decode(event?.value ?? new Uint8Array())
      if (topic === '/tasks/exit' && id !== containerId) continue
      if (containerId) onTask(containerId)
    }
  }
}
