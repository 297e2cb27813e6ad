import type { HealthProber, ProbeAnswer, ProbeTarget } from '../health/prober.ts'

/** Answers health checks as a test says; good by default. */
export class FakeProber implements HealthProber {
  /** Every question so far, in order. */
  readonly asked: ProbeTarget[] = []
  answer: (target: ProbeTarget) => ProbeAnswer | 'hang' = () => ({ answer: 'good' })
  /** Questions that wait for their answer now, and the most there ever were. */
  open = 0
  openMax = 0

  async probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeAnswer> {
    this.asked.push(target)
    this.open += 1
    this.openMax = Math.max(this.openMax, this.open)
    try {
      const answer = this.answer(target)
      if (answer !== 'hang') return answer
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      return { answer: 'unknown', reason: 'called off' }
    } finally {
      this.open -= 1
    }
  }
}
