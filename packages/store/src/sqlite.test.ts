import { chmodSync, closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from './driver.ts'
import { openSqliteStore } from './sqlite.ts'
import type { Collection } from './store.ts'
import { describeStoreContract } from './testing/store-contract.ts'
import { temporaryDirectory } from './testing/temporary-directory.ts'

interface Leaf {
  readonly id: string
  readonly tree: string
}

const leaves: Collection<Leaf> = { name: 'leaves', key: (leaf) => leaf.id }
const leavesByTree: Collection<Leaf> = { ...leaves, indexes: { tree: (leaf) => leaf.tree } }

const directory = temporaryDirectory()
let count = 0
const newFile = () => join(directory.path, `${(count += 1)}.db`)

afterAll(() => directory[Symbol.dispose]())

describeStoreContract('SQLite in memory', { open: (collections) => openSqliteStore({ file: ':memory:', collections }) })
describeStoreContract('SQLite in a file', { open: (collections) => openSqliteStore({ file: newFile(), collections }) })

describe('a store in a file', () => {
  let file: string
  beforeEach(() => {
    file = newFile()
  })
  const open = (options: Partial<Parameters<typeof openSqliteStore>[0]> = {}) =>
    openSqliteStore({ file, collections: [leaves], ...options })
  const writeThenClose = async (...documents: readonly Leaf[]) => {
    await using store = await open()
    await store.write(async (writer) => {
      for (const document of documents) await writer.put(leaves, document)
    })
  }

  it('has its documents after it was closed and opened again', async () => {
    await writeThenClose({ id: 'a', tree: 'oak' })
    await using store = await open()
    expect(await store.read((reader) => reader.get(leaves, 'a'))).toEqual({ id: 'a', tree: 'oak' })
  })

  it('can be read by its owner only, its log included', async () => {
    writeFileSync(file, '', { mode: 0o644 })
    await using store = await open()
    await store.write((writer) => writer.put(leaves, { id: 'a', tree: 'oak' }))
    for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600)
  })

  it('has everything in its one file when it is closed, nothing in its log', async () => {
    await writeThenClose({ id: 'a', tree: 'oak' })
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0)
  })

  it('indexes documents that were there before their index', async () => {
    await writeThenClose({ id: 'a', tree: 'oak' }, { id: 'b', tree: 'elm' })
    await using store = await open({ collections: [leavesByTree] })
    const found = await store.read((reader) => reader.list(leavesByTree, { index: 'tree', equals: 'elm' }))
    expect(found).toEqual([{ id: 'b', tree: 'elm' }])
  })

  it('forgets an index that is no longer defined, so that it is right when it comes back', async () => {
    await (await open({ collections: [leavesByTree] }))[Symbol.asyncDispose]()
    await writeThenClose({ id: 'a', tree: 'oak' })
    await using store = await open({ collections: [leavesByTree] })
    expect(await store.read((reader) => reader.count(leavesByTree, { index: 'tree', equals: 'oak' }))).toBe(1)
  })

  describe('migrations', () => {
    const rename = {
      version: 1,
      name: 'call elms ash',
      statements: [`UPDATE leaves SET body = json_set(body, '$.tree', 'ash') WHERE json_extract(body, '$.tree') = 'elm'`],
    }

    it('change old documents once, and their indexes with them', async () => {
      await (await open({ collections: [leavesByTree] }))[Symbol.asyncDispose]()
      {
        await using store = await open({ collections: [leavesByTree] })
        await store.write((writer) => writer.put(leavesByTree, { id: 'a', tree: 'elm' }))
      }
      const options = { collections: [leavesByTree], migrations: [rename] }
      {
        await using store = await open(options)
        expect(await store.read((reader) => reader.count(leavesByTree, { index: 'tree', equals: 'ash' }))).toBe(1)
        await store.write((writer) => writer.put(leavesByTree, { id: 'b', tree: 'elm' }))
      }
      await using store = await open(options)
      expect(await store.read((reader) => reader.count(leavesByTree, { index: 'tree', equals: 'elm' }))).toBe(1)
    })

    it('do not run on a new file', async () => {
      const broken = { version: 1, name: 'drop what never was', statements: ['DROP TABLE ancient'] }
      await using store = await open({ migrations: [broken] })
      expect(await store.read((reader) => reader.count(leaves))).toBe(0)
    })

    it('that fail leave the file as it was', async () => {
      await writeThenClose({ id: 'a', tree: 'elm' })
      const broken = { version: 2, name: 'nonsense', statements: ['DELETE FROM leaves', 'NOT SQL'] }
      await expect(open({ migrations: [rename, broken] })).rejects.toMatchObject({ code: 'internal' })
      await using store = await open()
      expect(await store.read((reader) => reader.get(leaves, 'a'))).toEqual({ id: 'a', tree: 'elm' })
    })

    it('of a newer program keep an older one from touching the file', async () => {
      await (await open({ migrations: [rename] }))[Symbol.asyncDispose]()
      await expect(open()).rejects.toMatchObject({
        code: 'not-supported',
        message: expect.stringContaining('newer version of this program') as unknown,
      })
    })
  })

  describe('trouble', () => {
    it('refuses a file that is no database, and says what to do', async () => {
      writeFileSync(file, 'precious data of somebody else'.repeat(1000))
      await expect(open()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('move it away') as unknown })
    })

    it('refuses the database of another program', async () => {
      const other = openDatabase(file)
      other.exec('CREATE TABLE theirs (x)')
      other.close()
      await expect(open()).rejects.toMatchObject({ code: 'not-supported' })
    })

    it('names the directory as the reason when it is missing', async () => {
      rmSync(file, { force: true })
      await expect(openSqliteStore({ file: join(file, 'x.db'), collections: [leaves] })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('directory') as unknown,
      })
    })

    it('answers that a damaged file must be restored', async () => {
      await writeThenClose(...Array.from({ length: 500 }, (_, index) => ({ id: `leaf-${index}`, tree: 'oak'.repeat(50) })))
      const size = statSync(file).size
      const descriptor = openSync(file, 'r+')
      for (let offset = 4096 * 3; offset < size; offset += 4096) writeSync(descriptor, Buffer.alloc(4096, 0xff), 0, 4096, offset)
      closeSync(descriptor)
      const attempt = async () => {
        await using store = await open()
        await store.read((reader) => reader.list(leaves))
      }
      await expect(attempt()).rejects.toMatchObject({
        code: 'unavailable',
        retryable: false,
        message: expect.stringContaining('backup') as unknown,
      })
    })

    it('waits for another process and then says that there is one', async () => {
      await using store = await open()
      const other = openDatabase(file)
      other.exec('BEGIN IMMEDIATE')
      const attempt = store.write((writer) => writer.put(leaves, { id: 'a', tree: 'oak' }))
      await expect(attempt).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
        message: expect.stringContaining('another process') as unknown,
      })
      other.exec('ROLLBACK')
      other.close()
      await store.write((writer) => writer.put(leaves, { id: 'a', tree: 'oak' }))
    })

    it('refuses a mode that keeps it from writing', async () => {
      await writeThenClose({ id: 'a', tree: 'oak' })
      chmodSync(file, 0o400)
      await using store = await open()
      await store.write((writer) => writer.put(leaves, { id: 'b', tree: 'oak' }))
      expect(statSync(file).mode & 0o777).toBe(0o600)
    })
  })
})
