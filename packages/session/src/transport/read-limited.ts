import type { IncomingMessage } from 'node:http'
import { OakError } from '@oakestra/base'

// Answers are a certificate or a sentence; whoever sends more is not a parent.
const ANSWER_BYTES_MAX = 64 * 1024

/**
 * The text of a parent's answer.
 * @throws OakError `limit-exceeded`
 */
export async function readLimited(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) throw new OakError('limit-exceeded', 'the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
