import type { Clock } from '@oakestra/base'
import type { CliFailure } from './failure.ts'
import type { Output } from './output.ts'
import { startStep } from './progress.ts'

// Quick at first, since most things happen within a fifth of a second; slower when an image is pulled or a node is emptied.
const POLL_MS_FIRST = 50
const POLL_MS_MAX = 1_000

export interface FollowDeps {
  readonly output: Output
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/** One look at what is waited for: there, with a last word for people, or what it is doing. */
export type Look<T> = { readonly there: T; readonly summary: string } | { readonly waiting: string }

export interface Followed<T> {
  readonly title: string
  /** @param isLast true when there is no time for another. @throws what ends the wait in vain */
  look(isLast: boolean): Promise<Look<T>>
  /** What to say when the time is over. @param text of the last look */
  timedOut(text: string): CliFailure
}

/** Looks again and again, and shows what it sees, until it is there. @throws what `look` throws, what `timedOut` makes */
export async function follow<T>(deps: FollowDeps, followed: Followed<T>): Promise<T> {
  const step = startStep(deps.output, deps.clock, followed.title)
  try {
    const { there, summary } = await poll(deps, followed, (text) => step.update(text))
    step.done(summary)
    return there
  } catch (thrown) {
    step.fail()
    throw thrown
  }
}

async function poll<T>(deps: FollowDeps, followed: Followed<T>, show: (text: string) => void) {
  const deadlineMs = deps.clock.monotonicMs() + deps.timeoutMs
  let delayMs = POLL_MS_FIRST
  for (;;) {
    const isLast = deps.clock.monotonicMs() + delayMs > deadlineMs
    const seen = await followed.look(isLast)
    if ('there' in seen) return seen
    show(seen.waiting)
    if (isLast) throw followed.timedOut(seen.waiting)
    await deps.clock.sleep(delayMs, deps.signal)
    delayMs = Math.min(POLL_MS_MAX, delayMs * 1.5)
  }
}
