import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change, Collection, Store } from '../store.ts'

interface Leaf {
  readonly id: string
  readonly tree?: string
  readonly size?: number
  readonly note?: string
}

const leaves: Collection<Leaf> = {
  name: 'leaves',
  key: (leaf) => leaf.id,
  indexes: { tree: (leaf) => leaf.tree, size: (leaf) => leaf.size },
}
const trees: Collection<{ readonly name: string }> = { name: 'trees', key: (tree) => tree.name }

export interface StoreContractOptions {
  /** Opens an empty store with these collections; the suite disposes it. */
  readonly open: (collections: readonly Collection<never>[]) => Promise<Store>
}

/** What everybody may expect of a `Store`, whatever keeps the documents. */
export function describeStoreContract(name: string, options: StoreContractOptions): void {
  describe(`store contract: ${name}`, () => {
    let store: Store

    beforeEach(async () => {
      store = await options.open([leaves, trees])
    })
    afterEach(async () => {
      await store[Symbol.asyncDispose]()
    })

    const put = (...documents: readonly Leaf[]) =>
      store.write(async (writer) => {
        for (const document of documents) await writer.put(leaves, document)
      })
    const idsOf = async (query?: Parameters<Parameters<Parameters<Store['read']>[0]>[0]['list']>[1]) =>
      (await store.read((reader) => reader.list(leaves, query))).map((leaf) => leaf.id)
    const recordChanges = () => {
      const commits: (readonly Change[])[] = []
      store.onCommit((changes) => commits.push(changes))
      return commits
    }

    describe('documents', () => {
      it('gives back what was put, and undefined for what was not', async () => {
        await put({ id: 'a', tree: 'oak', note: 'ünïcødé\u0000"' })
        expect(await store.read((reader) => reader.get(leaves, 'a'))).toEqual({ id: 'a', tree: 'oak', note: 'ünïcødé\u0000"' })
        expect(await store.read((reader) => reader.get(leaves, 'b'))).toBeUndefined()
      })

      it('replaces a document with the same key, and its indexed properties with it', async () => {
        await put({ id: 'a', tree: 'oak' }, { id: 'a', tree: 'elm' })
        expect(await idsOf({ index: 'tree', equals: 'oak' })).toEqual([])
        expect(await idsOf({ index: 'tree', equals: 'elm' })).toEqual(['a'])
      })

      it('refuses a NUL in what it compares, so that no name answers for another', async () => {
        await put({ id: 'a', tree: 'oak' })
        await expect(put({ id: 'a\0', tree: 'oak' })).rejects.toThrow('NUL')
        await expect(put({ id: 'b', tree: 'oak\0' })).rejects.toThrow('NUL')
        expect(await store.read((reader) => reader.get(leaves, 'a\0'))).toBeUndefined()
        await store.write((writer) => writer.remove(leaves, 'a\0'))
        await expect(idsOf({ index: 'tree', equals: 'oak\0' })).rejects.toThrow('NUL')
        expect(await idsOf()).toEqual(['a'])
      })

      it('keeps collections apart', async () => {
        await put({ id: 'a' })
        expect(await store.read((reader) => reader.get(trees, 'a'))).toBeUndefined()
      })

      it('removes, and does not mind when there is nothing to remove', async () => {
        await put({ id: 'a' })
        await store.write(async (writer) => {
          await writer.remove(leaves, 'a')
          await writer.remove(leaves, 'never-there')
        })
        expect(await idsOf()).toEqual([])
      })

      it('hands out copies, never what the caller put', async () => {
        const document = { id: 'a', note: 'first' }
        await put(document)
        document.note = 'changed afterwards'
        expect(await store.read((reader) => reader.get(leaves, 'a'))).toEqual({ id: 'a', note: 'first' })
      })
    })

    describe('queries', () => {
      beforeEach(() => put({ id: 'c', tree: 'oak', size: 2 }, { id: 'a', tree: 'oak', size: 10 }, { id: 'b', tree: 'elm' }, { id: 'd' }))

      it('lists by key', async () => {
        expect(await idsOf()).toEqual(['a', 'b', 'c', 'd'])
      })

      it('continues behind a key, up to a limit', async () => {
        expect(await idsOf({ afterKey: 'a', limit: 2 })).toEqual(['b', 'c'])
        expect(await idsOf({ afterKey: 'd' })).toEqual([])
        expect(await idsOf({ limit: 0 })).toEqual([])
      })

      it('lists by index value, then key', async () => {
        expect(await idsOf({ index: 'tree' })).toEqual(['b', 'a', 'c'])
        expect(await idsOf({ index: 'tree', equals: 'oak', limit: 1 })).toEqual(['a'])
      })

      it('compares numbers as numbers', async () => {
        expect(await idsOf({ index: 'size' })).toEqual(['c', 'a'])
        expect(await idsOf({ index: 'size', greaterThan: 2 })).toEqual(['a'])
        expect(await idsOf({ index: 'size', greaterThan: -1, lessThan: 3 })).toEqual(['c'])
      })

      it('leaves documents without a value out of its index', async () => {
        expect(await idsOf({ index: 'size', greaterThan: -1 })).toEqual(['c', 'a'])
      })

      it('counts what a list would give', async () => {
        const counts = await store.read(async (reader) => [
          await reader.count(leaves),
          await reader.count(leaves, { index: 'tree', equals: 'oak' }),
          await reader.count(leaves, { limit: 3 }),
          await reader.count(trees),
        ])
        expect(counts).toEqual([4, 2, 3, 0])
      })

      it.each([
        ['an index that does not exist', { index: 'colour', equals: 'red' }],
        ['a bound without an index', { equals: 'oak' }],
        ['a key to continue behind, with an index', { index: 'tree', afterKey: 'a' }],
        ['a negative limit', { limit: -1 }],
      ])('refuses %s', async (_what, query) => {
        await expect(idsOf(query)).rejects.toThrow()
      })

      it('refuses a collection that it was not opened with', async () => {
        const strange: Collection<{ id: string }> = { name: 'strange', key: (document) => document.id }
        await expect(store.read((reader) => reader.list(strange))).rejects.toThrow('strange')
      })
    })

    describe('sections', () => {
      it('give their result to the caller', async () => {
        expect(await store.read(async () => 1)).toBe(1)
        expect(await store.write(async () => 'done')).toBe('done')
      })

      it('see what they wrote themselves', async () => {
        const seen = await store.write(async (writer) => {
          await writer.put(leaves, { id: 'a', tree: 'oak' })
          await writer.put(leaves, { id: 'b', tree: 'oak' })
          await writer.remove(leaves, 'a')
          return writer.list(leaves, { index: 'tree', equals: 'oak' })
        })
        expect(seen.map((leaf) => leaf.id)).toEqual(['b'])
      })

      it('leave nothing behind when they fail, and the failure reaches the caller as it is', async () => {
        await put({ id: 'a', note: 'before' })
        const failure = new Error('changed my mind')
        const attempt = store.write(async (writer) => {
          await writer.put(leaves, { id: 'a', note: 'after' })
          await writer.put(leaves, { id: 'b' })
          throw failure
        })
        await expect(attempt).rejects.toBe(failure)
        expect(await store.read((reader) => reader.list(leaves))).toEqual([{ id: 'a', note: 'before' }])
      })

      it('fail alone: those before and behind are kept', async () => {
        const results = await Promise.allSettled(
          ['a', 'b', 'c'].map((id) =>
            store.write(async (writer) => {
              await writer.put(leaves, { id })
              if (id === 'b') throw new Error('not b')
            }),
          ),
        )
        expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
        expect(await idsOf()).toEqual(['a', 'c'])
      })

      it('do not lose updates that are made at the same time', async () => {
        await put({ id: 'a', size: 0 })
        const increment = () =>
          store.write(async (writer) => {
            const leaf = await writer.get(leaves, 'a')
            await writer.put(leaves, { id: 'a', size: (leaf?.size ?? 0) + 1 })
          })
        await Promise.all(Array.from({ length: 200 }, increment))
        expect(await store.read((reader) => reader.get(leaves, 'a'))).toEqual({ id: 'a', size: 200 })
      })

      it('that read never see half of a write', async () => {
        const move = (from: string, to: string) =>
          store.write(async (writer) => {
            await writer.remove(leaves, from)
            await Promise.resolve()
            await writer.put(leaves, { id: to })
          })
        const looks: Promise<number>[] = []
        await put({ id: 'left' })
        for (let round = 0; round < 20; round += 1) {
          void move('left', 'right')
          looks.push(store.read((reader) => reader.count(leaves)))
          void move('right', 'left')
          looks.push(store.read((reader) => reader.count(leaves)))
        }
        expect(new Set(await Promise.all(looks))).toEqual(new Set([1]))
      })

      it('fail at once, and take back what they did, when they call the store instead of their writer', async () => {
        const nested = store.write(async (writer) => {
          await writer.put(leaves, { id: 'a' })
          await store.read((reader) => reader.get(leaves, 'a'))
        })
        await expect(nested).rejects.toThrow('waited for something other than its reader or writer')
        expect(await idsOf()).toEqual([])
      })

      it('cannot use their reader or writer afterwards', async () => {
        const late = await store.write(async (writer) => ({ writer }))
        await expect(late.writer.put(leaves, { id: 'a' })).rejects.toThrow('after its section had ended')
      })
    })

    describe('listeners', () => {
      it('hear what was touched, each document once, after it can be read', async () => {
        const commits = recordChanges()
        await put({ id: 'gone' })
        await store.write(async (writer) => {
          await writer.put(leaves, { id: 'a', size: 1 })
          await writer.put(leaves, { id: 'a', size: 2 })
          await writer.remove(leaves, 'gone')
          await writer.put(trees, { name: 'a' })
        })
        expect(commits[1]).toEqual([
          { collection: 'leaves', key: 'a', kind: 'put' },
          { collection: 'leaves', key: 'gone', kind: 'remove' },
          { collection: 'trees', key: 'a', kind: 'put' },
        ])
      })

      it('hear nothing of failures, of reads and of documents that stay as they are', async () => {
        await put({ id: 'a', tree: 'oak' })
        const commits = recordChanges()
        await put({ id: 'a', tree: 'oak' })
        await store.write((writer) => writer.remove(leaves, 'never-there'))
        await store.write((writer) => writer.put(leaves, { id: 'b' }).then(() => Promise.reject(new Error('no')))).catch(() => undefined)
        await idsOf()
        expect(commits).toEqual([])
      })

      it('that fail spoil neither the commit nor each other', async () => {
        store.onCommit(() => {
          throw new Error('a careless listener')
        })
        const commits = recordChanges()
        await put({ id: 'a' })
        expect(commits).toHaveLength(1)
        expect(await idsOf()).toEqual(['a'])
      })

      it('can start the next section', async () => {
        const copied = new Promise<void>((resolve, reject) => {
          store.onCommit((changes) => {
            if (changes[0]?.key !== 'a') return
            store.write((writer) => writer.put(leaves, { id: 'copy' })).then(resolve, reject)
          })
        })
        await put({ id: 'a' })
        await copied
        expect(await idsOf()).toEqual(['a', 'copy'])
      })

      it('hear nothing more after they unsubscribed', async () => {
        const commits: unknown[] = []
        const unsubscribe = store.onCommit((changes) => commits.push(changes))
        unsubscribe()
        await put({ id: 'a' })
        expect(commits).toEqual([])
      })
    })

    describe('the end', () => {
      it('lets waiting sections finish and refuses new ones', async () => {
        const last = Array.from({ length: 100 }, (_, index) => put({ id: `${index}` }))
        const ended = store[Symbol.asyncDispose]()
        await expect(put({ id: 'late' })).rejects.toMatchObject({ code: 'unavailable', retryable: false })
        await ended
        await Promise.all(last)
      })
    })
  })
}
