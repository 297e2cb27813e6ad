export type Json = Readonly<Record<string, unknown>>

/** Deeper documents are refused by whoever reads them; this only keeps the stack small. */
const DEPTH_MAX = 64

/**
 * A document with what a hook changed of it: members of the answer replace those of the document, `null` takes one away, objects are
 * merged, lists are replaced (RFC 7396). A hook that answers with the whole document, as upstream's do, is understood as well as one that
 * names only what it changes. Members in `fixed` are told for information, and stay.
 */
export function mergeAnswer(document: Json, answer: Json, fixed: ReadonlySet<string> = new Set()): Json {
  const changes = Object.entries(answer).filter(([key]) => !fixed.has(key))
  return merged(document, Object.fromEntries(changes), 0)
}

function merged(document: Json, patch: Json, depth: number): Json {
  const result = new Map(Object.entries(document))
  for (const [key, value] of Object.entries(patch)) {
    const before = result.get(key)
    if (value === null) result.delete(key)
    else if (isJson(value) && depth < DEPTH_MAX) result.set(key, merged(isJson(before) ? before : {}, value, depth + 1))
    else result.set(key, value)
  }
  return Object.fromEntries(result)
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
