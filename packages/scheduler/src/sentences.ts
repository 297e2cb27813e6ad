/** Numbers as people read them: at most two decimals. */
export function amount(value: number): string {
  return String(Math.round(value * 100) / 100)
}

/** Names in a sentence; behind this many it only says how many more there are. */
const LISTED_MAX = 10

/** Names without doubles, in order, shortened. */
export function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)].sort()
  if (distinct.length === 0) return 'none'
  const more = distinct.length - LISTED_MAX
  return more <= 0 ? distinct.join(', ') : `${distinct.slice(0, LISTED_MAX).join(', ')} and ${more} more`
}

/** The largest value of a property; minus infinity for no items. */
export function largest<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, valueOf(item)), Number.NEGATIVE_INFINITY)
}
