/** Addresses of 20,000 services with three targets each; beyond it the memory starts anew, which only costs time. */
const ENTRIES_MAX = 65_536

/** Remembers what a pure function of a text gave, which nobody changes. A node plans with the same texts over and over. */
export function memoized<Result>(compute: (text: string) => Result): (text: string) => Result {
  const known = new Map<string, Result>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const result = compute(text)
    if (known.size >= ENTRIES_MAX) known.clear()
    known.set(text, result)
    return result
  }
}
