import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Visible } from './collector.ts'
import type { FilePosition } from './cursor.ts'
import { type LogPlaces, outputPath } from './log-places.ts'
import { sequences } from './output.ts'

const BLOCK_BYTES = 64 * 1024
const NEWLINE = 0x0a

/** Where the last `count` entries begin; the beginning of all when absent. Reads backwards, so a short tail costs little. */
export async function tailPosition(places: LogPlaces, visible: Visible, count: number | undefined): Promise<FilePosition> {
  const kept = (await sequences(places)).filter((sequence) => sequence <= visible.sequence)
  const oldest = { sequence: kept[0] ?? visible.sequence, offset: 0 }
  if (count === undefined) return oldest
  let left = count
  for (const sequence of kept.toReversed()) {
    const found = await searchFile(outputPath(places, sequence), sequence === visible.sequence ? visible.length : undefined, left)
    if (typeof found === 'object') return { sequence, offset: found.offset }
    left -= found
  }
  return oldest
}

/** Offset of the last `count` entries of a file, or how many it has when there are fewer. */
async function searchFile(path: string, length: number | undefined, count: number): Promise<{ readonly offset: number } | number> {
  const file = await open(path, constants.O_RDONLY).catch(() => undefined)
  if (!file) return 0
  try {
    let end = length ?? (await file.stat()).size
    let newlines = 0
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES)
    while (end > 0) {
      const start = Math.max(0, end - BLOCK_BYTES)
      await file.read(buffer, 0, end - start, start)
      for (let at = buffer.lastIndexOf(NEWLINE, end - start - 1); at >= 0; at = at === 0 ? -1 : buffer.lastIndexOf(NEWLINE, at - 1)) {
        // Each entry ends in one: the entries wanted begin behind the one before.
        if (newlines === count) return { offset: start + at + 1 }
        newlines += 1
      }
      end = start
    }
    return newlines === count ? { offset: 0 } : newlines
  } finally {
    await file.close()
  }
}
