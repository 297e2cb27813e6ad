import { type Clock, OakError } from '@oakestra/base'

/** Slows the guessing of passwords down, per place it comes from. */
export interface LoginThrottle {
  /**
   * Counts a try before it is made, so that many at once do not slip through. Returns how to take it back after a success.
   * @throws OakError `resource-exhausted` with `retryAfterS` in its details
   */
  begin(userName: string, address: string): () => void
}

const WINDOW_MS = 60_000
/** Failed tries a minute for one user from one network: harmless for a guesser, plenty for a person. */
const PAIR_MAX = 20
const NETWORK_MAX = 100
/** Counters kept; when there are more, the oldest is forgotten. */
const COUNTERS_MAX = 10_000

interface Counter {
  count: number
  readonly endsMs: number
}

export function createLoginThrottle(clock: Clock): LoginThrottle {
  const counters = new Map<string, Counter>()
  return {
    begin(userName, address) {
      const nowMs = clock.monotonicMs()
      const network = networkOf(address)
      const limits = [
        { counter: counterAt(counters, `${network} ${userName}`, nowMs), max: PAIR_MAX },
        { counter: counterAt(counters, network, nowMs), max: NETWORK_MAX },
      ]
      for (const { counter, max } of limits) if (counter.count >= max) throw tooMany(counter, nowMs)
      for (const { counter } of limits) counter.count += 1
      return () => {
        for (const { counter } of limits) counter.count -= 1
      }
    },
  }
}

function counterAt(counters: Map<string, Counter>, key: string, nowMs: number): Counter {
  const known = counters.get(key)
  if (known && known.endsMs > nowMs) return known
  counters.delete(key)
  const [oldest] = counters.keys()
  if (counters.size >= COUNTERS_MAX && oldest !== undefined) counters.delete(oldest)
  const counter = { count: 0, endsMs: nowMs + WINDOW_MS }
  counters.set(key, counter)
  return counter
}

/** A household or a host has a whole /64 of IPv6, so that is what counts as one place. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = ''] = address.split('::')
  return head.split(':').slice(0, 4).join(':')
}

function tooMany(counter: Counter, nowMs: number): OakError {
  const retryAfterS = Math.ceil((counter.endsMs - nowMs) / 1000)
  return new OakError('resource-exhausted', `too many failed logins; try again in ${retryAfterS} s`, { details: { retryAfterS } })
}
