import type { Store } from '@oakestra/store'
import { createMemoryStore } from '@oakestra/store/testing'
import { expect, test } from 'vitest'
import { instances, ROOT_COLLECTIONS } from '../state/collections.ts'
import { InstanceTally } from './instance-tally.ts'

test('instances are counted again only when something has changed', async () => {
  const store = createMemoryStore({ collections: ROOT_COLLECTIONS })
  let reads = 0
  const counting: Store = {
    read: (section) => {
      reads += 1
      return store.read(section)
    },
    write: (section) => store.write(section),
    onCommit: (listener) => store.onCommit(listener),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
  const tally = new InstanceTally(counting)
  const first = await tally.metrics()
  expect(first.map(({ name }) => name)).toContain('oak_instances')
  const before = reads
  expect(await tally.metrics()).toBe(first)
  expect(reads).toBe(before)
  tally.committed([{ collection: instances.name, key: 'i1', kind: 'remove' }])
  expect(await tally.metrics()).toEqual(first)
  expect(reads).toBeGreaterThan(before)
})
