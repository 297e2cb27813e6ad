import { compareText, compareValues } from './memory-order.ts'

/** What a document can be listed by. */
export type Value = string | number

interface Bounds {
  readonly equals: Value | undefined
  readonly greaterThan: Value | undefined
  readonly lessThan: Value | undefined
}

interface Bucket {
  readonly keys: Set<string>
  /** Made when asked for, and again after keys came or went. */
  sorted: readonly string[] | undefined
}

/** Keys of documents by one property. */
export class MemoryIndex {
  readonly #buckets = new Map<Value, Bucket>()

  add(value: Value | undefined, key: string): void {
    if (value === undefined) return
    const bucket = this.#buckets.get(value) ?? { keys: new Set<string>(), sorted: undefined }
    bucket.keys.add(key)
    bucket.sorted = undefined
    this.#buckets.set(value, bucket)
  }

  remove(value: Value | undefined, key: string): void {
    const bucket = value === undefined ? undefined : this.#buckets.get(value)
    if (value === undefined || !bucket) return
    bucket.keys.delete(key)
    bucket.sorted = undefined
    if (bucket.keys.size === 0) this.#buckets.delete(value)
  }

  /** Keys in the order of value, then key. */
  keys({ equals, greaterThan, lessThan }: Bounds): readonly string[] {
    const isWithin = (value: Value) =>
      (greaterThan === undefined || compareValues(value, greaterThan) > 0) && (lessThan === undefined || compareValues(value, lessThan) < 0)
    if (equals !== undefined) return isWithin(equals) ? sortedKeys(this.#buckets.get(equals)) : []
    const values = [...this.#buckets.keys()].filter(isWithin).sort(compareValues)
    return values.flatMap((value) => sortedKeys(this.#buckets.get(value)))
  }
}

function sortedKeys(bucket: Bucket | undefined): readonly string[] {
  if (!bucket) return []
  bucket.sorted ??= [...bucket.keys].sort(compareText)
  return bucket.sorted
}
