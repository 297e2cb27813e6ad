import { expect, test } from 'vitest'
import { FrameReader, frameMessage } from './frames.ts'
import { statusError } from './status.ts'

const messages = ['', 'a', 'x'.repeat(70_000), 'end'].map((text) => Buffer.from(text))
const bytes = Buffer.concat(messages.map(frameMessage))

test.each([1, 3, 5, 16_384, bytes.length])('messages come out whole from pieces of %i bytes', (size) => {
  const reader = new FrameReader()
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) found.push(...reader.push(bytes.subarray(at, at + size)))
  expect(found.map(String)).toEqual(messages.map(String))
})

test('a message that is too long or compressed is refused before it has arrived', () => {
  expect(() => new FrameReader().push(Buffer.from([0, 0x7f, 0, 0, 0]))).toThrow(expect.objectContaining({ code: 'limit-exceeded' }))
  expect(() => new FrameReader().push(Buffer.from([1, 0, 0, 0, 1, 0]))).toThrow(expect.objectContaining({ code: 'not-supported' }))
})

test.each([
  [5, 'not-found', false],
  [14, 'unavailable', true],
  [4, 'deadline-exceeded', true],
  [2, 'internal', true],
  [99, 'internal', true],
  [3, 'bad-request', false],
])('status %i is %s', (status, code, retryable) => {
  expect(statusError(status, 'why', '/x')).toMatchObject({ code, retryable, message: 'why' })
})
