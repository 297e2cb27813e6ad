const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A span of time for people, as coarse as they would say it: `40 s`, `3 min`, `2 h`. */
export function spanText(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.floor(ms / 1_000)} s`
  if (ms < 2 * HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  return `${Math.floor(ms / HOUR_MS)} h`
}
