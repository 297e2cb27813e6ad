// Only in these do UTF-16 and UTF-8 order text differently.
const ABOVE_SURROGATES = /[\ud800-\uffff]/

/** The order of SQLite: text by its UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  if (ABOVE_SURROGATES.test(a) && ABOVE_SURROGATES.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : 1
}

/** The order of SQLite: numbers before text. */
export function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  return typeof b === 'number' ? 1 : compareText(a, b)
}
