import { describe, expect, it } from 'vitest'
import type { Collection } from '../store.ts'
import { createMemoryStore } from './memory-store.ts'
import { describeStoreContract } from './store-contract.ts'

interface Leaf {
  readonly id: string
  readonly tree?: string
}

const leaves: Collection<Leaf> = { name: 'leaves', key: (leaf) => leaf.id, indexes: { tree: (leaf) => leaf.tree } }

describeStoreContract('in memory', { open: async (collections) => createMemoryStore({ collections }) })

describe('a store in memory', () => {
  it('goes back to what a snapshot held, its indexes included', async () => {
    const store = createMemoryStore({ collections: [leaves] })
    const put = (leaf: Leaf) => store.write((writer) => writer.put(leaves, leaf))
    const idsOf = (tree: string) => store.read((reader) => reader.list(leaves, { index: 'tree', equals: tree }))
    await put({ id: 'a', tree: 'oak' })
    const snapshot = store.snapshot()
    await put({ id: 'a', tree: 'elm' })
    await put({ id: 'b', tree: 'oak' })
    store.restore(snapshot)
    expect(await idsOf('oak')).toEqual([{ id: 'a', tree: 'oak' }])
    expect(await idsOf('elm')).toEqual([])
  })

  it('hands out documents that nobody can change', async () => {
    const store = createMemoryStore({ collections: [leaves] })
    await store.write((writer) => writer.put(leaves, { id: 'a', tree: 'oak' }))
    const leaf = await store.read((reader) => reader.get(leaves, 'a'))
    expect(() => Object.assign(leaf ?? {}, { tree: 'elm' })).toThrow('read only')
  })
})
