import { silentLogger } from '@oakestra/base'
import { recordingLogger } from '@oakestra/base/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './driver.ts'
import { prepareFile } from './migrations.ts'
import { tableOf } from './schema.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Change, Collection } from './store.ts'

interface Blob {
  readonly id: string
  readonly text: string
}

const blobs: Collection<Blob> = { name: 'blobs', key: (blob) => blob.id }
const small = (id: string): Blob => ({ id, text: 'x' })
const large = (id: string): Blob => ({ id, text: 'x'.repeat(100_000) })

/** Passes everything on and keeps what was executed. */
function listenedTo(database: Database, executed: string[]): Database {
  return {
    exec(sql) {
      executed.push(sql)
      database.exec(sql)
    },
    prepare: (sql) => database.prepare(sql),
    close: () => database.close(),
    get isTransaction() {
      return database.isTransaction
    },
  }
}

describe('a store on one connection', () => {
  let database: Database
  let store: SqliteStore
  const executed: string[] = []
  const put = (blob: Blob) => store.write((writer) => writer.put(blobs, blob))
  const ids = async () => (await store.read((reader) => reader.list(blobs))).map((blob) => blob.id)
  /** SQLite reports a file that reached its allowed size exactly as it reports a full disk. */
  const allowPages = (pages: number) => database.exec(`PRAGMA max_page_count = ${pages}`)

  beforeEach(() => {
    database = openDatabase(':memory:')
    const tables = [tableOf(blobs)]
    prepareFile(database, ':memory:', tables, [])
    store = new SqliteStore(listenedTo(database, executed), ':memory:', tables, silentLogger)
  })

  it('answers that the disk is full, keeps what was acknowledged, and works again when there is room', async () => {
    await put(small('before'))
    allowPages(20)
    await expect(put(large('too-large'))).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringContaining('disk is full') as unknown,
    })
    expect(await ids()).toEqual(['before'])
    allowPages(1_000_000)
    await put(large('later'))
    expect(await ids()).toEqual(['before', 'later'])
  })

  it('does not let a section commit the rest of its work after the storage failed', async () => {
    allowPages(20)
    const stubborn = store.write(async (writer) => {
      await writer.put(blobs, small('first'))
      await writer.put(blobs, large('too-large')).catch(() => undefined)
      await writer.put(blobs, small('last')).catch(() => undefined)
    })
    await expect(stubborn).rejects.toMatchObject({ code: 'unavailable' })
    expect(await ids()).toEqual([])
  })

  it('never acknowledges a write that another one took with it', async () => {
    allowPages(20)
    const outcomes = await Promise.allSettled([put(small('a')), put(large('b')), put(small('c'))])
    const kept = await ids()
    const acknowledged = ['a', 'b', 'c'].filter((_, index) => outcomes[index]?.status === 'fulfilled')
    expect(kept).toEqual(acknowledged)
    expect(kept).toContain('c')
  })

  it('commits writes that queued up together once', async () => {
    executed.length = 0
    await Promise.all(Array.from({ length: 60 }, (_, index) => put(small(`${index}`))))
    expect(executed.filter((sql) => sql === 'COMMIT')).toHaveLength(1)
  })

  it('leaves the database alone when nothing changes', async () => {
    await put(small('a'))
    await store.read((reader) => reader.get(blobs, 'a'))
    executed.length = 0
    await Promise.all([put(small('a')), store.write((writer) => writer.get(blobs, 'b')), put(small('a'))])
    await store.write((writer) => writer.remove(blobs, 'b'))
    expect(executed).toEqual([])
  })

  it('keeps those that changed something when one beside them fails without a change', async () => {
    const failing = store.write(() => Promise.reject(new Error('no')))
    const outcomes = await Promise.allSettled([put(small('a')), failing, put(small('b'))])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await ids()).toEqual(['a', 'b'])
  })

  it('announces a shared commit once, with the last change of each document', async () => {
    const heard: (readonly Change[])[] = []
    store.onCommit((changes) => heard.push(changes))
    await Promise.all([put(small('a')), store.write((writer) => writer.remove(blobs, 'a')), put(small('b'))])
    expect(heard).toEqual([
      [
        { collection: 'blobs', key: 'a', kind: 'remove' },
        { collection: 'blobs', key: 'b', kind: 'put' },
      ],
    ])
  })

  it('gives timers and sockets their turn while sections keep coming', async () => {
    let turns = 0
    let isDone = false
    const turn = () => {
      turns += 1
      if (!isDone) setImmediate(turn)
    }
    setImmediate(turn)
    await Promise.all(Array.from({ length: 1000 }, (_, index) => put(small(`${index}`))))
    isDone = true
    expect(turns).toBeGreaterThan(5)
  })

  it('refuses more waiting sections than it could serve', async () => {
    const all = Array.from({ length: 10_100 }, () => store.read((reader) => reader.count(blobs)))
    const outcomes = await Promise.allSettled(all)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.reason).toMatchObject({ code: 'resource-exhausted' })
    expect(await store.read((reader) => reader.count(blobs))).toBe(0)
  })

  it('reports a listener that fails', async () => {
    const logger = recordingLogger()
    const chatty = new SqliteStore(database, ':memory:', [tableOf(blobs)], logger)
    chatty.onCommit(() => {
      throw new Error('a careless listener')
    })
    await chatty.write((writer) => writer.put(blobs, small('a')))
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'a listener of the store failed' }])
  })
})
