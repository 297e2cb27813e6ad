import { openSqliteStore } from '@oakestra/store'
import { describe, expect, it } from 'vitest'
import { facts } from '../state/collections.ts'
import { claimBlocks, keepBlocks, releaseBlocks } from './node-blocks.ts'

async function withStore<T>(test: (claim: (clusterId: string, nodes: number) => ReturnType<typeof claimBlocks>) => Promise<T>): Promise<T> {
  await using store = await openSqliteStore({ file: ':memory:', collections: [facts] })
  return await test((clusterId, nodes) => store.write((writer) => claimBlocks(writer, clusterId, nodes)))
}

describe('blocks of node subnets', () => {
  it('begin where upstream begins, each cluster with its own', () =>
    withStore(async (claim) => {
      expect(await claim('a', 0)).toEqual({ blocksV4: ['10.18.0.0/22'], blocksV6: ['fc00::0/116'] })
      expect(await claim('b', 0)).toEqual({ blocksV4: ['10.18.4.0/22'], blocksV6: ['fc00::1000/116'] })
    }))

  it('stay with their cluster and grow with it', () =>
    withStore(async (claim) => {
      await claim('a', 0)
      await claim('b', 0)
      expect((await claim('a', 5)).blocksV4).toEqual(['10.18.0.0/22', '10.18.8.0/22'])
      expect((await claim('a', 3)).blocksV4).toHaveLength(2)
    }))

  it('are enough for a hundred clusters of a hundred nodes', () =>
    withStore(async (claim) => {
      for (let cluster = 0; cluster < 100; cluster += 1) await claim(`c${cluster}`, 100)
    }))

  it('reach up to 10.29.255.255 and then run out', () =>
    withStore(async (claim) => {
      const all = await claim('a', 768 * 16 - 12)
      expect(all.blocksV4.at(-1)).toBe('10.29.252.0/22')
      expect(all.blocksV6.at(-1)).toBe('fc00::2f:f000/116')
      await expect(claim('b', 0)).rejects.toThrow('all 768 blocks')
    }))

  it('of a removed cluster rest until no other is left', async () => {
    await using store = await openSqliteStore({ file: ':memory:', collections: [facts] })
    const claim = (clusterId: string, nodes: number) => store.write((writer) => claimBlocks(writer, clusterId, nodes))
    await claim('a', 0)
    await store.write((writer) => releaseBlocks(writer, 'a'))
    expect((await claim('b', 767 * 16 - 12)).blocksV4[0]).toBe('10.18.4.0/22')
    expect((await claim('c', 0)).blocksV4).toEqual(['10.18.0.0/22'])
    await expect(claim('d', 0)).rejects.toThrow('all 768 blocks')
  })
})

describe('blocks that a cluster was found to have', () => {
  const reach =
    (...ids: readonly string[]) =>
    async (id: string) =>
      ids.includes(id)
  const [FIRST, SECOND] = ['10.18.0.0/22', '10.18.4.0/22']

  it('stay its own, and make what never reached it, or another, free', async () => {
    await using store = await openSqliteStore({ file: ':memory:', collections: [facts] })
    await store.write(async (writer) => {
      for (const id of ['a', 'b']) await claimBlocks(writer, id, 0)
      expect(await keepBlocks(writer, 'b', [FIRST], reach())).toEqual({ losers: new Set(['a']), foreign: [] })
      expect((await claimBlocks(writer, 'b', 0)).blocksV4).toEqual([FIRST])
      // What b gave back rests, like all that is given back.
      expect((await claimBlocks(writer, 'a', 0)).blocksV4).toEqual(['10.18.8.0/22'])
      expect((await claimBlocks(writer, 'c', 0)).blocksV4).toEqual(['10.18.12.0/22'])
    })
  })

  it('are added to those that reached it, and never given to others', async () => {
    await using store = await openSqliteStore({ file: ':memory:', collections: [facts] })
    await store.write(async (writer) => {
      await claimBlocks(writer, 'a', 0)
      await keepBlocks(writer, 'a', [FIRST, SECOND, 'nonsense'], reach('a'))
      expect((await claimBlocks(writer, 'a', 0)).blocksV4).toEqual([FIRST, SECOND])
      expect((await claimBlocks(writer, 'b', 0)).blocksV4).toEqual(['10.18.8.0/22'])
      await releaseBlocks(writer, 'a')
      expect((await claimBlocks(writer, 'c', 0)).blocksV4).toEqual(['10.18.12.0/22'])
    })
  })

  it('are told of when another cluster uses them by now', async () => {
    await using store = await openSqliteStore({ file: ':memory:', collections: [facts] })
    await store.write(async (writer) => {
      await claimBlocks(writer, 'a', 0)
      expect(await keepBlocks(writer, 'b', [FIRST], reach('a'))).toEqual({ losers: new Set(), foreign: [FIRST] })
      expect((await claimBlocks(writer, 'a', 0)).blocksV4).toEqual([FIRST])
    })
  })
})
