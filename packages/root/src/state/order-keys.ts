/*
 * Values of indexes in whose order lists are paged: the owner of a list, then the making of what is in it. Being in the
 * index, an order costs nothing to follow; made of what never changes, it stays as it is while pages are read.
 */

/** Stands in no name and no id; what owners have in common does not mix their lists. */
const SEPARATOR = '\u0001'
/** Milliseconds for the next thirty thousand years. */
const DIGITS = 15
export const MOMENT_MAX = 10 ** DIGITS - 1

interface Made {
  readonly id: string
  readonly createdAtMs: number
}

/** The place of something in the list of its owner: the oldest first. */
export function orderKey(owner: string, { id, createdAtMs }: Made): string {
  return timeKey(owner, createdAtMs) + SEPARATOR + id
}

/** Before everything in the list of an owner that was made at a moment or later. */
export function timeKey(owner: string, atMs: number): string {
  return numberKey(owner, Math.max(0, Math.trunc(atMs)))
}

/** The place of a name in the list of its owner. */
export function nameKey(owner: string, ...names: readonly string[]): string {
  return listPrefix(owner) + names.join(SEPARATOR)
}

/** The place of a number in the list of its owner. */
export function numberKey(owner: string, number: number): string {
  return listPrefix(owner) + String(number).padStart(DIGITS, '0')
}

/** What every value of an owner's list begins with. */
export function listPrefix(owner: string): string {
  return owner + SEPARATOR
}
