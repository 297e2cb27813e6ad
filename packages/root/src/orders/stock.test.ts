import { openSqliteStore } from '@oakestra/store'
import { describe, expect, it } from 'vitest'
import { addressClaims, facts } from '../state/collections.ts'
import { fillStock, keepStock } from './stock.ts'

const CONTEXT = { nowMs: 0, quietMs: 1_000 }
const RANGE = 1_000_000
const nobody = async () => false

/** A new root that two clusters of the root before have joined; it numbered them the other way round. */
async function newRoot() {
  const store = await openSqliteStore({ file: ':memory:', collections: [facts, addressClaims] })
  const numbers = (id: string) => store.write(async (writer) => (await fillStock(writer, id, CONTEXT)).numbersFrom)
  const keep = (id: string, numbersFrom: number, reached: (id: string) => Promise<boolean>) =>
    store.write((writer) => keepStock(writer, id, { instances: [], services: [], numbersFrom }, reached))
  const first = await numbers('b')
  await numbers('a')
  return { numbers, keep, first, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

describe('ranges of numbers', () => {
  it('stay with the clusters that use them, however many join a new root at once', async () => {
    await using root = await newRoot()
    expect(await root.keep('b', root.first + RANGE, nobody)).toEqual(['a'])
    expect(await root.numbers('a')).toBe(root.first + 2 * RANGE)
    expect(await root.keep('a', root.first, nobody)).toEqual([])
    expect([await root.numbers('a'), await root.numbers('b')]).toEqual([root.first, root.first + RANGE])
  })

  it('are not taken from a cluster that counts with them already', async () => {
    await using root = await newRoot()
    expect(await root.keep('b', root.first + RANGE, async (id) => id === 'a')).toEqual([])
    expect([await root.numbers('a'), await root.numbers('b')]).toEqual([root.first + RANGE, root.first])
  })

  it('are not taken back from a cluster by what it had before', async () => {
    await using root = await newRoot()
    await root.keep('b', root.first + 5 * RANGE, async () => true)
    expect(await root.numbers('b')).toBe(root.first)
  })
})
