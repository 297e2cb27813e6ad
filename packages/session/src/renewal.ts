import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import { parseWire } from '@oakestra/wire'
import { z } from 'zod'

/** The question with which a child asks for its next certificate. */
export const RENEW_METHOD = 'certificate.renew'
export const renewRequestSchema = z.object({ csrPem: z.string().max(10_000) })

// A certificate is renewed with a third of its year left; a day more or less does not matter, a lost link does.
const CHECK_MS = 24 * 3_600_000
const TIMEOUT_MS = 10_000

/** A child's certificate, as far as its renewal is concerned. */
export interface Renewable {
  isDue(): boolean
  /** Proves anew that the child holds its key. */
  csrPem(): string
  /** Keeps the new certificate; it is used from the next connection on. */
  keep(certificatePem: string): Promise<void>
}

export interface RenewalDeps {
  readonly renewable: Renewable
  readonly ask: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>
  readonly clock: Clock
  readonly logger: Logger
}

/** Keeps a child's certificate fresh while it is connected, so that it is welcome after a long time away. */
export class Renewal {
  readonly #deps: RenewalDeps
  #timer: Timer | undefined
  #closed = false

  constructor(deps: RenewalDeps) {
    this.#deps = deps
  }

  /** Looks now and once a day. A failure costs a day: the old certificate goes on being good. */
  async check(): Promise<void> {
    const { renewable, ask, clock, logger } = this.#deps
    if (!this.#closed) this.#timer = clock.after(CHECK_MS, () => void this.check())
    if (!renewable.isDue()) return
    try {
      const answer = await ask(RENEW_METHOD, { csrPem: renewable.csrPem() }, TIMEOUT_MS)
      await renewable.keep(parseWire(z.string(), answer, 'certificate'))
      logger.info('certificate renewed')
    } catch (thrown) {
      logger.warn('the certificate could not be renewed', { err: toOakError(thrown).message })
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }
}
