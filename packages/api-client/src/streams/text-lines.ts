import { OakError } from '@oakestra/base'
import type { ByteStream } from '../fetch.ts'

/**
 * Lines of a stream of UTF-8, as they come, without their ends (`\n` or `\r\n`). Leaving the loop lets go of the stream.
 * @param lengthMax in UTF-16 units: a stream without line ends must not fill the memory
 * @throws OakError `limit-exceeded`
 */
export async function* textLines(stream: ByteStream, lengthMax: number): AsyncGenerator<string, void, void> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      const lines = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).split('\n')
      rest = done ? '' : (lines.pop() ?? '')
      if (rest.length > lengthMax) throw new OakError('limit-exceeded', 'the stream holds a line that is too long')
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
      if (done) return
    }
  } finally {
    // Also when it has ended, or broke off: then there is nobody to tell.
    await reader.cancel().catch(() => undefined)
  }
}
