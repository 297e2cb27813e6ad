import type { Random } from '@oakestra/base'

export type Json = Readonly<Record<string, unknown>>

/** Picks with a random source. */
export function pick<T>(random: Random, list: readonly [T, ...T[]] | readonly T[]): T {
  const chosen = list[Math.floor(random.next() * list.length)]
  if (chosen === undefined && list.length === 0) throw new Error('there is nothing to pick from')
  return chosen as T
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability
}

export function whole(random: Random, below: number): number {
  return Math.floor(random.next() * below)
}

/** Texts that have broken programs: too long, not text at all to some, meaningful to others. */
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  '{{7*7}}',
  "' OR '1'='1",
  '"; DROP TABLE services; --',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  '\u202e\u0301\ud83d\ude00',
  '\ud800',
  '\uffff',
  'ä'.repeat(300),
  'x'.repeat(10_000),
  '-1',
  '0',
  '1e309',
  'NaN',
  'true',
  'null',
  '[]',
  '2026-01-31T12:00:00Z',
  'http://127.0.0.1:1/',
  'file:///etc/passwd',
  '10.30.0.1',
  'fdff::1',
  '0.0.0.0/0',
  '80:80;443:443/udp',
] as const

const ODD_NUMBERS = [0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324, 65_535, 65_536] as const

export function oddText(random: Random): string {
  return pick(random, ODD_TEXTS)
}

/** Anything that JSON can say. */
export function anyValue(random: Random, depth = 3): unknown {
  const kind = whole(random, depth > 0 ? 8 : 5)
  if (kind === 0) return null
  if (kind === 1) return chance(random, 0.5)
  if (kind === 2) return pick(random, ODD_NUMBERS)
  if (kind <= 4) return oddText(random)
  if (kind <= 6) return Array.from({ length: whole(random, 4) }, () => anyValue(random, depth - 1))
  return Object.fromEntries(Array.from({ length: whole(random, 4) }, () => [oddText(random), anyValue(random, depth - 1)]))
}

/** A document with something else in one or more of its places. */
export function mutated(value: unknown, random: Random): unknown {
  if (chance(random, 0.15)) return anyValue(random)
  if (Array.isArray(value)) return mutatedList(value, random)
  if (typeof value !== 'object' || value === null) return chance(random, 0.5) ? value : anyValue(random, 1)
  const entries = Object.entries(value)
  if (entries.length === 0) return chance(random, 0.3) ? { [oddText(random)]: anyValue(random) } : value
  const [key] = pick(random, entries)
  if (chance(random, 0.2)) return Object.fromEntries(entries.filter(([name]) => name !== key))
  const changed = { ...value, [key]: mutated((value as Json)[key], random) }
  return chance(random, 0.2) ? { ...changed, [oddText(random)]: anyValue(random) } : changed
}

function mutatedList(list: readonly unknown[], random: Random): unknown {
  if (list.length === 0 || chance(random, 0.2)) return [...list, anyValue(random)]
  // Some hundred times the same is still a list.
  if (chance(random, 0.05)) return Array.from({ length: 300 }, () => list[0])
  const place = whole(random, list.length)
  return list.map((each, index) => (index === place ? mutated(each, random) : each))
}
