import type { Random } from '@oakestra/base'
import type { HealthCheck, ProbeAnswer } from './prober.ts'

/** What the answers so far add up to. The reason is of the last bad answer; empty after a good one. */
export interface HealthVerdict {
  readonly state: 'starting' | 'healthy' | 'unhealthy'
  readonly reason: string
}

/** The answers of one process so far. Times are monotonic milliseconds. */
export interface HealthCourse extends HealthVerdict {
  readonly beganMs: number
  /** When a bad answer counted last. */
  readonly countedMs: number
  readonly badInRow: number
  readonly answers: number
}

// Until its first good answer an instance is asked more often than its period says, so that it is known soon when it is
// ready; the distance doubles a few times, for a slow one gains nothing from many questions.
const EAGER = { firstMs: 200, doublings: 3 }
// Whatever a descriptor says, a check must not keep a core busy.
const DISTANCE_MS_MIN = 100
// Spreads the checks of instances that were started together.
const JITTER = 0.1

/** @param wasHealthy what is known of this process from before: nothing is reported as less ready without evidence */
export function newCourse(wasHealthy: boolean, nowMs: number): HealthCourse {
  return { state: wasHealthy ? 'healthy' : 'starting', reason: '', beganMs: nowMs, countedMs: nowMs, badInRow: 0, answers: 0 }
}

/** Takes one answer in. */
export function judge(course: HealthCourse, check: HealthCheck, answer: ProbeAnswer, nowMs: number): HealthCourse {
  const next = { ...course, answers: course.answers + 1 }
  if (answer.answer === 'unknown') return next
  if (answer.answer === 'good') return { ...next, state: 'healthy', reason: '', badInRow: 0 }
  const { reason } = answer
  if (!doesCount(course, check, nowMs)) return { ...next, reason }
  const badInRow = course.badInRow + 1
  return { ...next, reason, badInRow, countedMs: nowMs, state: badInRow >= check.threshold ? 'unhealthy' : course.state }
}

/** Before the first good answer only one bad one per period counts, and none within the start delay. */
function doesCount({ state, beganMs, countedMs }: HealthCourse, { startDelayMs, periodMs }: HealthCheck, nowMs: number): boolean {
  if (state === 'healthy') return true
  return nowMs - beganMs >= startDelayMs && nowMs - countedMs >= periodMs * (1 - 2 * JITTER)
}

/** How long to wait before the next question. */
export function nextQuestionMs({ state, answers }: HealthCourse, { periodMs }: HealthCheck, random: Random): number {
  const eagerMs = EAGER.firstMs * 2 ** Math.min(answers, EAGER.doublings)
  const distanceMs = state === 'starting' ? Math.min(periodMs, eagerMs) : periodMs
  return Math.max(DISTANCE_MS_MIN, distanceMs * (1 - JITTER + 2 * JITTER * random.next()))
}
