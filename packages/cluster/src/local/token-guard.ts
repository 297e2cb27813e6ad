import { createHash, timingSafeEqual } from 'node:crypto'
import { type Clock, OakError } from '@oakestra/base'

/** Wrong tokens a minute from one address: harmless for a guesser of 256 bits, plenty for a person with an old file. */
const FAILURES_MAX = 20
const WINDOW_MS = 60_000
/** Addresses that are remembered; when there are more, the oldest is forgotten. */
const ADDRESSES_MAX = 1_000

interface Failures {
  count: number
  readonly endsMs: number
}

/** Lets in whoever has the token of this cluster. */
export class TokenGuard {
  readonly #expected: Buffer
  readonly #clock: Clock
  readonly #failures = new Map<string, Failures>()

  constructor(token: string, clock: Clock) {
    this.#expected = digest(token)
    this.#clock = clock
  }

  /**
   * @param header the request's `authorization`
   * @param address where it comes from
   * @throws OakError `unauthenticated`; `resource-exhausted` with `retryAfterS` in its details after too many wrong tokens
   */
  check(header: string | undefined, address: string): void {
    const failures = this.#failuresOf(address)
    if (failures && failures.count >= FAILURES_MAX) throw this.#tooMany(failures)
    const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1]
    if (token === undefined) throw new OakError('unauthenticated', 'this needs the token of the cluster: Authorization: Bearer TOKEN')
    // Of equal length, so that the time tells nothing.
    if (timingSafeEqual(digest(token), this.#expected)) return
    this.#count(address, failures)
    throw new OakError(
      'unauthenticated',
      'this is not the token of this cluster; it is in the file cluster/local-token of its data directory',
    )
  }

  #failuresOf(address: string): Failures | undefined {
    const known = this.#failures.get(address)
    return known && known.endsMs > this.#clock.monotonicMs() ? known : undefined
  }

  #count(address: string, known: Failures | undefined): void {
    if (known) {
      known.count += 1
      return
    }
    this.#failures.delete(address)
    const [oldest] = this.#failures.keys()
    if (this.#failures.size >= ADDRESSES_MAX && oldest !== undefined) this.#failures.delete(oldest)
    this.#failures.set(address, { count: 1, endsMs: this.#clock.monotonicMs() + WINDOW_MS })
  }

  #tooMany({ endsMs }: Failures): OakError {
    const retryAfterS = Math.max(1, Math.ceil((endsMs - this.#clock.monotonicMs()) / 1000))
    return new OakError('resource-exhausted', `too many wrong tokens; try again in ${retryAfterS} s`, { details: { retryAfterS } })
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
