import { describe, expect, test } from 'vitest'
import { streamOf } from '../testing/script-fetch.ts'
import { ndjsonValues } from './ndjson.ts'
import { serverSentEvents } from './server-sent-events.ts'

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const value of values) list.push(value)
  return list
}

describe('server-sent events', () => {
  test('are told apart by empty lines, with name, id and all lines of their data', async () => {
    const text = ': hello\n\nid: 7\nevent: sample\ndata: {"a":\ndata:1}\n\ndata: plain\n\n'
    expect(await all(serverSentEvents(streamOf([text])))).toEqual([
      { id: '7', type: 'sample', data: '{"a":\n1}' },
      { id: '7', type: 'message', data: 'plain' },
    ])
  })

  test('come whole wherever the connection cuts them, with either end of line', async () => {
    const pieces = 'id: 1\r\nevent: event\r\ndata: x\r\n\r\n'.split('')
    expect(await all(serverSentEvents(streamOf(pieces)))).toEqual([{ id: '1', type: 'event', data: 'x' }])
  })

  test('that were not finished when the connection ended are not told', async () => {
    expect(await all(serverSentEvents(streamOf(['data: half'])))).toEqual([])
  })
})

describe('limits', () => {
  test('a line without an end does not fill the memory', async () => {
    const pieces = Array.from({ length: 100 }, () => 'x'.repeat(10_000))
    await expect(all(ndjsonValues(streamOf(pieces)))).rejects.toMatchObject({ code: 'limit-exceeded' })
  })

  test('an event without an end does not either', async () => {
    const pieces = Array.from({ length: 600 }, () => `data: ${'x'.repeat(10_000)}\n`)
    await expect(all(serverSentEvents(streamOf(pieces)))).rejects.toMatchObject({ code: 'limit-exceeded' })
  })

  test('a line that is not JSON is told', async () => {
    await expect(all(ndjsonValues(streamOf(['{"a":1}\n{oops\n'])))).rejects.toMatchObject({ code: 'bad-request' })
  })
})
