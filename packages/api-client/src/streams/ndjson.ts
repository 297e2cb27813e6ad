import { LIMITS, OakError } from '@oakestra/base'
import type { ByteStream } from '../fetch.ts'
import { textLines } from './text-lines.ts'

// A log line, JSON's escaping of it (at most six characters for one byte) and the fields around it.
const LINE_LENGTH_MAX = LIMITS.logLineBytes * 6 + 1024

/**
 * Values of newline-delimited JSON. Empty lines keep a connection alive and mean nothing.
 * @throws OakError `bad-request`, `limit-exceeded`
 */
export async function* ndjsonValues(stream: ByteStream): AsyncGenerator<unknown, void, void> {
  for await (const line of textLines(stream, LINE_LENGTH_MAX)) if (line.trim() !== '') yield parseLine(line)
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (thrown) {
    throw new OakError('bad-request', 'the stream holds a line that is not JSON', { cause: thrown })
  }
}
