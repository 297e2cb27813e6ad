import type { Clock } from '@oakestra/base'

/**
 * Wall time that does not jump while this process runs: it goes on with the monotonic clock from where the wall clock stood
 * when it was made. For times that are stored, to be compared with later ones.
 */
export function steadyTime(clock: Clock): () => number {
  const offsetMs = clock.wallMs() - clock.monotonicMs()
  return () => offsetMs + clock.monotonicMs()
}
