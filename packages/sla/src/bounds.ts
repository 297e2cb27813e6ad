import type { Violation } from './descriptor.ts'
import { foundText, type Path, pathText } from './violations.ts'

/** Deeper documents only exist to exhaust the stack of whoever walks them. */
const DEPTH_MAX = 32
/** A list this long would list as many violations before any is shown. */
const ENTRIES_MAX = 5_000
/** A large application of 100 services has some 3,000 values. */
const VALUES_MAX = 200_000

interface Place {
  readonly value: object
  readonly path: Path
}

/** Refuses documents whose mere shape would be expensive. Walks without recursion. */
export function boundsViolation(document: unknown): Violation | undefined {
  const pending: Place[] = isObject(document) ? [{ value: document, path: [] }] : []
  let values = 0
  for (let place = pending.pop(); place; place = pending.pop()) {
    const entries = Object.entries(place.value)
    values += entries.length
    const problem = problemAt(place, entries.length, values)
    if (problem) return { path: pathText(place.path), expected: problem, found: foundText(place.value) }
    for (const [key, value] of entries) {
      if (isObject(value)) pending.push({ value, path: [...place.path, Array.isArray(place.value) ? Number(key) : key] })
    }
  }
  return undefined
}

function problemAt(place: Place, entries: number, values: number): string | undefined {
  if (place.path.length > DEPTH_MAX) return `at most ${DEPTH_MAX} levels of nesting`
  if (entries > ENTRIES_MAX) return `at most ${ENTRIES_MAX} entries`
  if (values > VALUES_MAX) return `a document of at most ${VALUES_MAX} values`
  return undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
