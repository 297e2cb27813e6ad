export interface Difference<Item> {
  readonly missing: readonly Item[]
  readonly surplus: readonly Item[]
}

/**
 * What is wanted and missing, and what is there and not wanted, told apart by `key`, which is unique within each list.
 * Order is kept. What both lists begin and end with is skipped first: between two plans little differs.
 */
export function difference<Item>(present: readonly Item[], wanted: readonly Item[], key: (item: Item) => string): Difference<Item> {
  const [presentKeys, wantedKeys] = [present.map(key), wanted.map(key)]
  const start = commonLength(presentKeys, wantedKeys, (keys, at) => keys[at])
  const room = Math.min(presentKeys.length, wantedKeys.length) - start
  const end = Math.min(
    room,
    commonLength(presentKeys, wantedKeys, (keys, at) => keys[keys.length - 1 - at]),
  )
  const absentFrom = (keys: readonly string[]) => {
    const known = new Set(keys.slice(start, keys.length - end))
    return (name: string | undefined) => name !== undefined && !known.has(name)
  }
  return {
    missing: pick(wanted, wantedKeys, { start, end }, absentFrom(presentKeys)),
    surplus: pick(present, presentKeys, { start, end }, absentFrom(wantedKeys)),
  }
}

function commonLength(
  a: readonly string[],
  b: readonly string[],
  from: (keys: readonly string[], at: number) => string | undefined,
): number {
  const max = Math.min(a.length, b.length)
  let length = 0
  while (length < max && from(a, length) === from(b, length)) length++
  return length
}

function pick<Item>(
  items: readonly Item[],
  keys: readonly string[],
  { start, end }: { readonly start: number; readonly end: number },
  isPicked: (key: string | undefined) => boolean,
): readonly Item[] {
  return items.slice(start, items.length - end).filter((_item, at) => isPicked(keys[start + at]))
}
