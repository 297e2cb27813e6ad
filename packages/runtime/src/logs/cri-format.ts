import type { LogEntry } from '../logs.ts'
import type { StreamName } from './log-places.ts'

const NEWLINE = 0x0a
const SPACE = 0x20

/**
 * What stands before each entry, in the format every log collector for containers reads: time, stream, and whether the line
 * is whole (F) or goes on (P). Kubernetes CRI, "container log format".
 */
export function entryHeader(timeMs: number, stream: StreamName, partial: boolean): Buffer {
  return Buffer.from(`${new Date(timeMs).toISOString()} ${stream} ${partial ? 'P' : 'F'} `)
}

/** Reads one entry without its newline; `undefined` for what is none. */
export function parseEntry(bytes: Buffer): LogEntry | undefined {
  const first = bytes.indexOf(SPACE)
  const second = bytes.indexOf(SPACE, first + 1)
  const third = bytes.indexOf(SPACE, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const timeMs = Date.parse(bytes.toString('latin1', 0, first))
  const stream = bytes.toString('latin1', first + 1, second)
  if (Number.isNaN(timeMs) || (stream !== 'stdout' && stream !== 'stderr')) return undefined
  const partial = bytes.toString('latin1', second + 1, third) === 'P'
  return { timeMs, stream, partial, line: bytes.toString('utf8', third + 1) }
}

export interface EncodeOptions {
  readonly timeMs: number
  readonly stream: StreamName
  /** Longer lines are cut into parts. */
  readonly lineBytesMax: number
  /** Take also what does not end in a newline yet. */
  readonly takeTail: boolean
}

export interface Encoded {
  /** Bytes of `target` that were filled. */
  readonly written: number
  /** Bytes of `source` that are in them. */
  readonly consumed: number
}

/**
 * Turns raw output into entries, as many as fit. Pure, and without an object per line: a busy container prints a million a second.
 * @param target at least one entry of `lineBytesMax` must fit
 */
export function encodeEntries(source: Buffer, target: Buffer, options: EncodeOptions): Encoded {
  const { timeMs, stream, lineBytesMax, takeTail } = options
  const whole = entryHeader(timeMs, stream, false)
  const part = entryHeader(timeMs, stream, true)
  let written = 0
  let consumed = 0
  while (consumed < source.length) {
    const newline = source.indexOf(NEWLINE, consumed)
    const lineEnd = newline < 0 ? source.length : newline
    const isLong = lineEnd - consumed > lineBytesMax
    if (newline < 0 && !isLong && !takeTail) break
    const end = isLong || newline < 0 ? characterEnd(source, consumed, Math.min(lineEnd, consumed + lineBytesMax)) : lineEnd
    const isPart = isLong || newline < 0
    const header = isPart ? part : whole
    const needed = header.length + (end - consumed) + 1
    if (end === consumed && isPart) break
    if (written + needed > target.length) break
    header.copy(target, written)
    source.copy(target, written + header.length, consumed, end)
    written += needed
    target[written - 1] = NEWLINE
    consumed = isPart ? end : end + 1
  }
  return { written, consumed }
}

/** The last end of a character at or before `end`, so that no part ends within one. UTF-8, RFC 3629. */
export function characterEnd(bytes: Buffer, start: number, end: number): number {
  // A character has at most four bytes: look back for its first.
  for (let at = end - 1; at >= start && at >= end - 4; at -= 1) {
    const byte = bytes[at] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return at + length > end ? at : end
  }
  // Not text: cut anywhere.
  return end
}
