import type { CustomObject } from './custom-resource.ts'

/** Members that root writes into answers; what comes back of them is not kept. */
const OURS: ReadonlySet<string> = new Set(['_id', '_version', '_owner'])

/** The object as its user wrote it. */
export function withoutOurs(body: CustomObject['body']): CustomObject['body'] {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !OURS.has(key)))
}

/** An object after a partial change: members that are named are replaced, `null` takes one away. As upstream's, apart from `null`. */
export function mergeBody(body: CustomObject['body'], change: CustomObject['body']): CustomObject['body'] {
  const merged = new Map(Object.entries(body))
  for (const [key, value] of Object.entries(withoutOurs(change))) {
    if (value === null) merged.delete(key)
    else merged.set(key, value)
  }
  return Object.fromEntries(merged)
}
