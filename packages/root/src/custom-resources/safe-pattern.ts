/** Longer patterns are programs. */
const PATTERN_LENGTH_MAX = 256
/** Each unbounded repetition may multiply the time by the length of the text. */
const REPETITIONS_MAX = 3
/** Longer texts match no pattern: the time for one is bounded by this and the repetitions. */
export const MATCHED_LENGTH_MAX = 512

/** Ways to read one text that a group may multiply. */
const WAYS_MAX = 16

/**
 * Why a pattern could take very long on a text made for it, or `undefined`. What is refused: repetitions of what can be read in several ways
 * itself (`(a+)+`, `(a|b)*`: write `[ab]*`), references back, looking around, more than three repetitions without an end. What is left takes
 * about the cube of the length at most.
 */
export function patternTrouble(pattern: string): string | undefined {
  if (pattern.length > PATTERN_LENGTH_MAX) return `is longer than ${PATTERN_LENGTH_MAX} characters`
  const plain = withoutClasses(pattern)
  if (/\\(\d|k<)/.test(plain)) return 'refers back to what it matched'
  if (/\(\?<?[=!]/.test(plain)) return 'looks ahead or behind'
  if (unbounded(plain) > REPETITIONS_MAX) return `has more than ${REPETITIONS_MAX} repetitions without an end`
  return isAmbiguous(plain) ? 'repeats what can be read in several ways' : undefined
}

/** Classes and escaped characters read as one plain character, groups lose their names: what is in them repeats nothing. */
function withoutClasses(pattern: string): string {
  return pattern.replaceAll(/\\[^\dk]|\[(?:\\.|[^\]\\])*\]/g, 'x').replaceAll(/\(\?(?::|<\w+>)/g, '(')
}

function unbounded(plain: string): number {
  return plain.match(/[*+]|\{\d+,\}|\{\d+,\d{3,}\}|\{\d{3,}\}/g)?.length ?? 0
}

/** Looks at each group from the inside out: in how many ways its parts can be read, times how often it is repeated. */
function isAmbiguous(plain: string): boolean {
  const ways: number[] = [1]
  for (let at = 0; at < plain.length; at += 1) {
    const character = plain[at]
    if (character === '(') ways.push(1)
    else if (character === ')') {
      const inside = ways.pop() ?? 1
      const repeated = repetitions(plain.slice(at + 1))
      if (inside > 1 && repeated > 1 && inside * repeated > WAYS_MAX) return true
      raise(ways, inside * repeated)
    } else if (character === '|' || character === '?') raise(ways, 2)
    else raise(ways, repetitions(plain.slice(at + 1)))
  }
  return false
}

function raise(ways: number[], to: number): void {
  ways[ways.length - 1] = Math.max(ways.at(-1) ?? 1, to)
}

/** How often what stands before `rest` may come. */
function repetitions(rest: string): number {
  if (/^[*+]/.test(rest)) return Number.POSITIVE_INFINITY
  const [, least, most] = /^\{(\d+)(,?\d*)\}/.exec(rest) ?? []
  if (least === undefined) return 1
  if (most === ',') return Number.POSITIVE_INFINITY
  return most ? Number(most.slice(1)) : Number(least)
}
