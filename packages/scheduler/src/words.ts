/** Stands in a summary for words that are too many to say: some node of the cluster may carry any of them. */
const ANY_WORD = '*'

/** Words of one kind that a summary of several nodes tells; with more it says that there may be any. Bounds its size. */
const UNION_MAX = 64

export const NO_WORDS: readonly string[] = []

/** Labels, add-ons or drivers of a slot; absent counts as none. */
type Words = readonly string[] | undefined

/** Allocates nothing. */
export function hasWord(words: Words, word: string): boolean {
  return words !== undefined && (words.includes(word) || words.includes(ANY_WORD))
}

/** True when who carries `larger` carries all of `smaller`. */
export function hasAllWords(larger: Words, smaller: Words): boolean {
  return smaller === undefined || smaller.length === 0 || smaller === larger || smaller.every((word) => hasWord(larger, word))
}

/** What at least one of two carries. */
export function unionOfWords(a: Words = NO_WORDS, b: Words = NO_WORDS): readonly string[] {
  if (hasAllWords(a, b)) return a
  if (hasAllWords(b, a)) return b
  const union = [...new Set([...a, ...b])].sort()
  return union.length <= UNION_MAX ? union : [ANY_WORD]
}
