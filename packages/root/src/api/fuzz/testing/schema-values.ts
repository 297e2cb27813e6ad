import type { Random } from '@oakestra/base'
import { anyValue, chance, type Json, oddText, pick, whole } from './values.ts'

/** Deeper documents say nothing new. */
const DEPTH_MAX = 6

/** Texts that fit the patterns of the API's document: the first that does is taken. */
const FITTING = [
  'web',
  'k=v',
  '1',
  'true',
  'A1',
  '2026-01-31T12:00:00Z',
  'a@example.org',
  'correct horse battery',
  'a.b/c',
  '0',
  ':1',
  '10.0.0.1',
]

/** Makes values that a JSON schema of the API's document accepts, as far as a schema can tell. */
export class SchemaValues {
  readonly #named: Readonly<Record<string, Json>>
  readonly #random: Random
  /** Texts that exist: ids and names out of answers. */
  readonly #known: () => string | undefined

  constructor(named: Readonly<Record<string, Json>>, random: Random, known: () => string | undefined) {
    this.#named = named
    this.#random = random
    this.#known = known
  }

  of(schema: Json, depth = 0): unknown {
    const { $ref, anyOf, oneOf, allOf, enum: words, type } = schema
    if (typeof $ref === 'string') return this.of(this.#named[$ref.split('/').at(-1) ?? ''] ?? {}, depth + 1)
    const parts = [anyOf, oneOf, allOf].find(Array.isArray) as readonly Json[] | undefined
    if (parts) return this.of(pick(this.#random, parts), depth)
    if ('const' in schema) return schema['const']
    if (Array.isArray(words)) return pick<unknown>(this.#random, words)
    if (Array.isArray(type)) return this.of({ ...schema, type: pick<unknown>(this.#random, type) }, depth)
    return this.#plain(schema, depth)
  }

  #plain(schema: Json, depth: number): unknown {
    const random = this.#random
    switch (schema['type']) {
      case 'object':
        return this.#object(schema, depth)
      case 'array': {
        const length = depth > DEPTH_MAX ? 0 : whole(random, 3)
        return Array.from({ length }, () => this.of((schema['items'] ?? {}) as Json, depth + 1))
      }
      case 'string':
        return this.#text(schema)
      case 'integer':
      case 'number':
        return this.#number(schema)
      case 'boolean':
        return chance(random, 0.5)
      case 'null':
        return null
      default:
        return anyValue(random, 1)
    }
  }

  #object(schema: Json, depth: number): unknown {
    const required = new Set((schema['required'] ?? []) as readonly string[])
    const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Json>>)
    const wanted = properties.filter(([name]) => required.has(name) || (depth < DEPTH_MAX && chance(this.#random, 0.3)))
    return Object.fromEntries(wanted.map(([name, part]) => [name, this.of(part, depth + 1)]))
  }

  #text(schema: Json): string {
    const random = this.#random
    const known = chance(random, 0.3) ? this.#known() : undefined
    if (typeof schema['pattern'] !== 'string') return known ?? (chance(random, 0.3) ? oddText(random) : pick(random, FITTING))
    const pattern = new RegExp(schema['pattern'], 'u')
    const fitting = [known, `n${whole(random, 1e6)}`, ...FITTING].find((text) => text !== undefined && pattern.test(text))
    return fitting ?? oddText(random)
  }

  #number(schema: Json): number {
    const { minimum, maximum } = schema as { readonly minimum?: number; readonly maximum?: number }
    const low = Math.max(minimum ?? 0, -1000)
    const high = Math.min(maximum ?? 1000, chance(this.#random, 0.9) ? 100 : 1e9)
    const number = low + this.#random.next() * Math.max(0, high - low)
    return schema['type'] === 'integer' ? Math.floor(number) : number
  }
}
