import { LIMITS } from '@oakestra/base'

// Leaves room for the frame around the entries.
const PART_BYTES_MAX = LIMITS.sessionMessageBytes / 4

/** What comes in more parts than this, some 100 MB of them, is not sent by anybody honest. */
export const PARTS_MAX = 100

/** Cuts a list into parts whose JSON stays well below what one message may hold. There is always at least one part. */
export function inParts<T>(entries: readonly T[]): readonly (readonly T[])[] {
  // Most messages carry one, whose size nobody needs to know.
  if (entries.length <= 1) return [entries]
  const parts: T[][] = [[]]
  let bytes = 0
  for (const entry of entries) {
    const size = JSON.stringify(entry).length
    if (bytes > 0 && bytes + size > PART_BYTES_MAX) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(entry)
    bytes += size
  }
  return parts
}
