import { editDistance } from '@oakestra/base'

// Further apart, a guess is noise.
const DISTANCE_MAX = 3

/** The known words that a mistyped one may have meant, closest first, at most three. */
export function suggest(typed: string, known: Iterable<string>): readonly string[] {
  const limit = Math.min(DISTANCE_MAX, Math.max(1, Math.floor(typed.length / 2)))
  return [...new Set(known)]
    .map((word) => ({ word, distance: editDistance(typed.toLowerCase(), word.toLowerCase()) }))
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
