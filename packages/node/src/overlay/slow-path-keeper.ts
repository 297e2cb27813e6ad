import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { SlowPathStats } from '@oakestra/net'

// An agent that was killed a moment ago may still hold the link.
const RETRY_MS = 5_000

type Resolve = (address: string, signal: AbortSignal) => Promise<boolean>

/** Opens the way on which first packets to unknown addresses wait. @throws OakError `unavailable` */
export type OpenSlowPath = (resolve: Resolve) => Promise<AsyncDisposable & { readonly stats: SlowPathStats }>

export interface SlowPathKeeperDeps {
  readonly open: OpenSlowPath
  readonly resolve: Resolve
  readonly clock: Clock
  readonly logger: Logger
  /** Told when it is open at last, after it was not at once. */
  readonly onOpen: () => void
}

/** Keeps the slow path open: one that cannot be had is tried for again, and unknown addresses are refused meanwhile. */
export class SlowPathKeeper implements AsyncDisposable {
  readonly #deps: SlowPathKeeperDeps
  #path: Awaited<ReturnType<OpenSlowPath>> | undefined
  #fault: string | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(deps: SlowPathKeeperDeps) {
    this.#deps = deps
  }

  get isOpen(): boolean {
    return this.#path !== undefined
  }

  /** Tries once, and goes on trying when that fails. Never throws. */
  async start(): Promise<void> {
    const { open, resolve, clock, logger } = this.#deps
    try {
      const path = await open(resolve)
      if (this.#isClosed) await path[Symbol.asyncDispose]()
      else this.#path = path
    } catch (thrown) {
      const { message } = toOakError(thrown)
      if (this.#fault === undefined) logger.warn('addresses that this node does not know yet are refused', { err: message })
      this.#fault = message
      if (!this.#isClosed) this.#timer = clock.after(RETRY_MS, () => void this.#again())
    }
  }

  /** One sentence for people. */
  describe(): string {
    if (!this.#path) return `Unknown addresses are refused: ${this.#fault ?? 'it is not started'}.`
    const { asked, waiting, dropped } = this.#path.stats
    return `Unknown addresses are asked for: ${asked} so far, ${waiting} wait, ${dropped} packets were dropped.`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    const path = this.#path
    this.#path = undefined
    await path?.[Symbol.asyncDispose]()
  }

  async #again(): Promise<void> {
    await this.start()
    if (this.#path) this.#deps.onOpen()
  }
}
