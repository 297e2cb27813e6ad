export interface Difference<Item> {
  readonly missing: readonly Item[]
  readonly surplus: readonly Item[]
}

const NOTHING: Difference<never> = { missing: [], surplus: [] }

/** Between two plans, little came in or went at one place. */
const LOOK_AHEAD = 8

/**
 * What is wanted and missing, and what is there and not wanted, told apart by `key`, which is unique within each list.
 * Order is kept. Both lists are walked side by side, and what is the same object has no need of its key: between two plans of tens of
 * thousands little differs. What did not meet on the way, and only that, is compared as sets.
 */
export function difference<Item>(present: readonly Item[], wanted: readonly Item[], key: (item: Item) => unknown): Difference<Item> {
  if (present === wanted) return NOTHING
  const isSame = (at: number, other: number) =>
    at < present.length &&
    other < wanted.length &&
    (present[at] === wanted[other] || key(present[at] as Item) === key(wanted[other] as Item))
  const left: Item[] = []
  const came: Item[] = []
  let [at, other] = [0, 0]
  while (at < present.length || other < wanted.length) {
    if (isSame(at, other)) {
      at += 1
      other += 1
      continue
    }
    const skip = skipAt(isSame, at, other)
    for (const end = Math.min(at + skip.present, present.length); at < end; at += 1) left.push(present[at] as Item)
    for (const end = Math.min(other + skip.wanted, wanted.length); other < end; other += 1) came.push(wanted[other] as Item)
  }
  return { missing: without(came, left, key), surplus: without(left, came, key) }
}

/** How much of either list to leave aside where they differ, so that they meet again. */
function skipAt(
  isSame: (at: number, other: number) => boolean,
  at: number,
  other: number,
): { readonly present: number; readonly wanted: number } {
  for (let ahead = 1; ahead <= LOOK_AHEAD; ahead += 1) {
    if (isSame(at, other + ahead)) return { present: 0, wanted: ahead }
    if (isSame(at + ahead, other)) return { present: ahead, wanted: 0 }
  }
  return { present: 1, wanted: 1 }
}

function without<Item>(items: readonly Item[], others: readonly Item[], key: (item: Item) => unknown): readonly Item[] {
  if (items.length === 0 || others.length === 0) return items
  const known = new Set(others.map(key))
  return items.filter((item) => !known.has(key(item)))
}
