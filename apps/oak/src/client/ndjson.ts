import { LIMITS, OakError } from '@oakestra/base'

// A log line, JSON's escaping of it (at most six bytes for one) and the fields around it.
const LINE_CHARS_MAX = LIMITS.logLineBytes * 6 + 1024

/** Splits a stream of newline-delimited JSON into values. Empty lines keep a connection alive and mean nothing. */
export async function* parseNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_CHARS_MAX) throw new OakError('limit-exceeded', 'the stream holds a line that is too long')
    for (const line of lines) if (line.trim() !== '') yield parseLine(line)
  }
  if (rest.trim() !== '') yield parseLine(rest)
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (thrown) {
    throw new OakError('bad-request', 'the stream holds a line that is not JSON', { cause: thrown })
  }
}
