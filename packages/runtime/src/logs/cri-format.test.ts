import { describe, expect, test } from 'vitest'
import { characterEnd, encodeEntries, parseEntry } from './cri-format.ts'

const OPTIONS = { timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6), stream: 'stdout', lineBytesMax: 8, takeTail: false } as const
const HEADER = '2026-01-02T03:04:05.006Z stdout'

function encode(text: string | Buffer, options: Partial<Parameters<typeof encodeEntries>[2]> = {}, room = 4096) {
  const target = Buffer.alloc(room)
  const { written, consumed } = encodeEntries(Buffer.from(text), target, { ...OPTIONS, ...options })
  return { text: target.toString('utf8', 0, written), consumed, entries: target.toString('latin1', 0, written).split('\n').slice(0, -1) }
}

describe('raw output as entries', () => {
  test('gives each line its time and stream', () => {
    expect(encode('one\ntwo\n')).toMatchObject({ text: `${HEADER} F one\n${HEADER} F two\n`, consumed: 8 })
  })

  test('keeps empty lines', () => {
    expect(encode('\n\n').entries).toEqual([`${HEADER} F `, `${HEADER} F `])
  })

  test('leaves an unfinished line for later', () => {
    expect(encode('one\ntw')).toMatchObject({ text: `${HEADER} F one\n`, consumed: 4 })
  })

  test('takes an unfinished line as a part when told to', () => {
    expect(encode('tw', { takeTail: true })).toMatchObject({ text: `${HEADER} P tw\n`, consumed: 2 })
  })

  test('cuts a long line into parts and ends it with a whole one', () => {
    expect(encode('0123456789abcdefXY\n').entries).toEqual([`${HEADER} P 01234567`, `${HEADER} P 89abcdef`, `${HEADER} F XY`])
  })

  test('takes parts of a line that does not end', () => {
    expect(encode('0123456789')).toMatchObject({ text: `${HEADER} P 01234567\n`, consumed: 8 })
  })

  test('never cuts within a character', () => {
    const parts = encode('ääää€€€\n').entries.map((entry) =>
      Buffer.from(entry, 'latin1')
        .toString('utf8')
        .slice(HEADER.length + 3),
    )
    expect(parts).toEqual(['ääää', '€€', '€'])
  })

  test('leaves the beginning of a character that is still being printed', () => {
    const bytes = Buffer.from('a€')
    expect(encode(bytes.subarray(0, 3), { takeTail: true })).toMatchObject({ text: `${HEADER} P a\n`, consumed: 1 })
  })

  test('cuts what is not text anywhere', () => {
    expect(encode(Buffer.alloc(20, 0x80)).consumed).toBe(16)
  })

  test('stops when the room is used up', () => {
    expect(encode('one\ntwo\n', {}, 40)).toMatchObject({ text: `${HEADER} F one\n`, consumed: 4 })
  })

  test('reads back what it wrote', () => {
    const [entry = ''] = encode('a b  c\n').entries
    expect(parseEntry(Buffer.from(entry))).toEqual({ timeMs: OPTIONS.timeMs, stream: 'stdout', partial: false, line: 'a b  c' })
  })

  test.each(['', 'x', '2026-01-02T03:04:05.006Z stdin F x', 'yesterday stdout F x', '2026-01-02T03:04:05.006Z stdout'])(
    'knows that %j is no entry',
    (text) => {
      expect(parseEntry(Buffer.from(text))).toBeUndefined()
    },
  )

  test.each([
    ['€', 1, 0],
    ['€', 2, 0],
    ['€', 3, 3],
    ['a€', 3, 1],
    ['😀', 3, 0],
    ['😀', 4, 4],
  ])('finds the end of a character in %s before byte %i', (text, end, expected) => {
    expect(characterEnd(Buffer.from(text), 0, end)).toBe(expected)
  })
})
