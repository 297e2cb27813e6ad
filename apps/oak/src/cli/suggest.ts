// Further apart, a guess is noise.
const DISTANCE_MAX = 3

/** The known words that a mistyped one may have meant, closest first, at most three. */
export function suggest(typed: string, known: Iterable<string>): readonly string[] {
  const limit = Math.min(DISTANCE_MAX, Math.max(1, Math.floor(typed.length / 2)))
  return [...new Set(known)]
    .map((word) => ({ word, distance: distanceOf(typed.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= limit || (typed.length >= 3 && word.startsWith(typed)))
    .sort((a, b) => a.distance - b.distance || a.word.localeCompare(b.word))
    .slice(0, 3)
    .map(({ word }) => word)
}

/** `did you mean "x" or "y"?`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const words = suggest(typed, known).map((word) => `"${word}"`)
  return words.length === 0 ? undefined : `did you mean ${words.join(' or ')}?`
}

/** Edits between two words, an exchange of neighbours counting as one. */
function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change, swap))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
