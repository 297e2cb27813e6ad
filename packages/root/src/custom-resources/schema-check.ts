import { CUSTOM_LIMITS, type SchemaDocument } from './custom-resource.ts'
import { excessOf } from './measure.ts'
import { patternTrouble } from './safe-pattern.ts'

/** One thing that is wrong with a schema; `path` in the form of violations elsewhere. */
export interface SchemaTrouble {
  readonly path: string
  readonly expected: string
  readonly found: string
}

/** Numbers of JSON Schema that are understood, by a part of their `$schema`; 2020-12 where nothing is said. */
const DRAFTS = /draft-07\/schema|2019-09\/schema|2020-12\/schema/
/** Values in a schema: fewer than its bytes allow, so that compiling takes milliseconds. */
const SCHEMA_VALUES = 4_000

/** What speaks against compiling a schema: found without compiling it. */
export function schemaTroubles(schema: SchemaDocument): readonly SchemaTrouble[] {
  const excess = excessOf(schema, { bytes: CUSTOM_LIMITS.schemaBytes, depth: CUSTOM_LIMITS.depth, values: SCHEMA_VALUES })
  if (excess) return [{ path: 'schema', expected: `a smaller schema: it ${excess}`, found: 'more' }]
  if (typeof schema === 'boolean') return []
  const troubles = [...draftTroubles(schema), ...walk(schema, 'schema')]
  if (troubles.length > 0) return troubles
  if (steps(schema, schema, new Map()) <= CUSTOM_LIMITS.schemaSteps) return []
  return [{ path: 'schema', expected: 'references that come to an end soon', found: 'recursion, or references to references to many more' }]
}

function draftTroubles({ $schema }: Readonly<Record<string, unknown>>): readonly SchemaTrouble[] {
  if ($schema === undefined || (typeof $schema === 'string' && DRAFTS.test($schema))) return []
  return [{ path: 'schema.$schema', expected: 'JSON Schema draft-07, 2019-09 or 2020-12', found: short($schema) }]
}

/** Everything that looks like a reference or a pattern, also where it is only data: a schema for schemas is nobody's custom resource. */
function walk(value: unknown, path: string): readonly SchemaTrouble[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`
    return [...memberTroubles(key, part, at), ...walk(part, at)]
  })
}

function memberTroubles(key: string, part: unknown, path: string): readonly SchemaTrouble[] {
  if (key === '$ref' && typeof part === 'string' && !/^#(\/|$)/.test(part)) {
    return [{ path, expected: 'a reference inside of this schema, such as #/$defs/name: others are not fetched', found: short(part) }]
  }
  if (key === '$id' && typeof part === 'string' && path !== 'schema.$id') {
    return [{ path, expected: 'nothing: a schema within a schema has no name of its own', found: short(part) }]
  }
  if (DYNAMIC.has(key)) return [{ path, expected: 'nothing: references that depend on the document are not followed', found: key }]
  if (key === 'pattern' && typeof part === 'string') return patternTroubles(part, path)
  if (key !== 'patternProperties' || typeof part !== 'object' || part === null) return []
  return Object.keys(part).flatMap((pattern) => patternTroubles(pattern, `${path}.${short(pattern)}`))
}

const DYNAMIC: ReadonlySet<string> = new Set(['$dynamicRef', '$recursiveRef', '$async', '$anchor', '$dynamicAnchor'])

function patternTroubles(pattern: string, path: string): readonly SchemaTrouble[] {
  const trouble = patternTrouble(pattern)
  return trouble ? [{ path, expected: `a pattern that is quick on every text: this one ${trouble}`, found: short(pattern) }] : []
}

/** How much there is to a schema when every reference is followed. Infinite for recursion. */
function steps(value: unknown, root: unknown, known: Map<unknown, number>): number {
  if (typeof value !== 'object' || value === null) return 1
  const seen = known.get(value)
  if (seen !== undefined) return seen
  // Whoever comes here again before the end has gone in a circle.
  known.set(value, Number.POSITIVE_INFINITY)
  let count = 1
  for (const [key, part] of Object.entries(value)) {
    count += key === '$ref' && typeof part === 'string' ? steps(target(part, root), root, known) : steps(part, root, known)
  }
  known.set(value, count)
  return count
}

/** What a local reference names; `undefined` for nothing, which the compiler complains about. */
function target(reference: string, root: unknown): unknown {
  const parts = reference.split('/').slice(1)
  return parts.reduce<unknown>((at, part) => {
    const key = unescaped(part)
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Readonly<Record<string, unknown>>)[key] : undefined
  }, root)
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
