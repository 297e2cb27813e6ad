import type { z } from 'zod'
import { parseWire } from './messages.ts'

/**
 * A reader for values that are asked about again and again, such as items of a document: what a store hands out is frozen as
 * a whole and shared, so an object that was checked once need not be checked again. Others are checked each time.
 * @throws OakError `bad-request`, from the reader, as `parseWire`
 */
export function parsedOnce<T>(schema: z.ZodType<T>, what: string): (value: unknown) => T {
  const known = new WeakMap<object, { readonly result: T }>()
  return (value) => {
    if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) return parseWire(schema, value, what)
    const found = known.get(value) ?? { result: parseWire(schema, value, what) }
    known.set(value, found)
    return found.result
  }
}
