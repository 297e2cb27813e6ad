import { openSqliteStore } from '@oakestra/store'
import { describe, expect, it } from 'vitest'
import { facts } from '../state/collections.ts'
import { claimBlocks } from './node-blocks.ts'

async function withStore<T>(test: (claim: (clusterId: string, nodes: number) => ReturnType<typeof claimBlocks>) => Promise<T>): Promise<T> {
  await using store = await openSqliteStore({ file: ':memory:', collections: [facts] })
  return await test((clusterId, nodes) => store.write((writer) => claimBlocks(writer, clusterId, nodes)))
}

describe('blocks of node subnets', () => {
  it('begin where upstream begins, each cluster with its own', () =>
    withStore(async (claim) => {
      expect(await claim('a', 0)).toEqual({ blocksV4: ['10.18.0.0/20'], blocksV6: ['fc00::0/114'] })
      expect(await claim('b', 0)).toEqual({ blocksV4: ['10.18.16.0/20'], blocksV6: ['fc00::4000/114'] })
    }))

  it('stay with their cluster and grow with it', () =>
    withStore(async (claim) => {
      await claim('a', 0)
      await claim('b', 0)
      expect((await claim('a', 49)).blocksV4).toEqual(['10.18.0.0/20', '10.18.32.0/20'])
      expect((await claim('a', 3)).blocksV4).toHaveLength(2)
    }))

  it('reach up to 10.29.255.255 and then run out', () =>
    withStore(async (claim) => {
      const all = await claim('a', 192 * 64 - 16)
      expect(all.blocksV4.at(-1)).toBe('10.29.240.0/20')
      expect(all.blocksV6.at(-1)).toBe('fc00::2f:c000/114')
      await expect(claim('b', 0)).rejects.toThrow('all 192 blocks')
    }))
})
