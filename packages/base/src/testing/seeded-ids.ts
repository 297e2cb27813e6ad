import type { IdGenerator } from '../ids.ts'

/** Ids that count up, so that a failing run reads the same each time. */
export function seededIds(prefix = 0): IdGenerator {
  let count = 0
  return {
    next() {
      count += 1
      return prefix.toString(16).padStart(8, '0') + count.toString(16).padStart(16, '0')
    },
  }
}
