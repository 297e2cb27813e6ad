import { seededIds, seededRandom } from '@oakestra/base/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import type { DocumentItem, DocumentMessage } from '@oakestra/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EMPTY_DIGEST, itemHash, toggled } from './digest.ts'
import { INBOX_COLLECTIONS, Inbox, inboxItems } from './inbox.ts'
import { OUTBOX_COLLECTIONS, Outbox } from './outbox.ts'
import { planAfterRefusal, planFeed } from './plan-feed.ts'

const item = (id: string, body: unknown = { run: id }): DocumentItem => ({ id, kind: 'instance', body })

let store: Store
let outbox: Outbox

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: [...INBOX_COLLECTIONS, ...OUTBOX_COLLECTIONS] })
  outbox = await Outbox.open(store, seededIds())
})
afterEach(() => store[Symbol.asyncDispose]())

const head = () => store.read((reader) => outbox.head(reader, 'c1'))
const put = (...items: DocumentItem[]) =>
  store.write(async (writer) => {
    for (const each of items) await outbox.put(writer, 'c1', each)
  })
const remove = (id: string) => store.write((writer) => outbox.remove(writer, 'c1', id))
const since = (generation?: number) => store.read((reader) => outbox.since(reader, 'c1', generation))

describe('a desired document at the parent', () => {
  it('raises its generation with every change, and with nothing else', async () => {
    await put(item('a'))
    await put(item('a'))
    await put(item('a', { run: 'other' }))
    await remove('a')
    await remove('a')
    expect((await head()).generation).toBe(3)
  })

  it('adds up to nothing again when all is removed', async () => {
    await put(item('a'), item('b'))
    expect((await head()).digest).not.toBe(EMPTY_DIGEST)
    await remove('b')
    await remove('a')
    expect((await head()).digest).toBe(EMPTY_DIGEST)
  })

  it('remembers a removed item until the child was seen without it', async () => {
    await put(item('a'))
    await remove('a')
    expect(await since(1)).toMatchObject([{ item: { id: 'a' }, removed: true, generation: 2 }])
    await store.write((writer) => outbox.settle(writer, 'c1', 1))
    expect(await since(1)).toHaveLength(1)
    await store.write((writer) => outbox.settle(writer, 'c1', 2))
    expect(await since(1)).toHaveLength(0)
  })

  it('keeps the documents of different children apart', async () => {
    await put(item('a'))
    expect(await store.read((reader) => outbox.head(reader, 'c2'))).toMatchObject({ generation: 0, digest: EMPTY_DIGEST })
  })

  it('keeps its epoch over restarts', async () => {
    const { epoch } = await head()
    outbox = await Outbox.open(store, seededIds(9))
    expect((await head()).epoch).toBe(epoch)
  })

  it('adds up to the same in whatever order items came', () => {
    const random = seededRandom(7)
    const hashes = Array.from({ length: 20 }, (_, index) => itemHash(item(`i${index}`)))
    const sum = (list: readonly string[]) => list.reduce(toggled, EMPTY_DIGEST)
    expect(sum([...hashes].sort(() => random.next() - 0.5))).toBe(sum(hashes))
  })
})

describe('a desired document at the child', () => {
  let inbox: Inbox
  beforeEach(() => {
    inbox = new Inbox(store)
  })

  const digestOf = (...items: DocumentItem[]) => items.map(itemHash).reduce(toggled, EMPTY_DIGEST)
  const all = (generation: number, items: DocumentItem[], changes: Partial<DocumentMessage> = {}): DocumentMessage => ({
    type: 'document',
    mode: 'all',
    head: { epoch: 'e1', generation, digest: digestOf(...items) },
    put: items,
    remove: [],
    more: false,
    ...changes,
  })
  const held = async () => (await store.read((reader) => reader.list(inboxItems))).map(({ id }) => id)

  it('is taken in whole, parts and all, or not at all', async () => {
    const [a, b] = [item('a'), item('b')]
    expect(await inbox.apply(all(1, [a, b], { put: [a], more: true }))).toBeUndefined()
    expect(await held()).toEqual([])
    expect(await inbox.apply(all(1, [a, b], { put: [b] }))).toEqual({ ok: true, generation: 1 })
    expect(await held()).toEqual(['a', 'b'])
  })

  it('forgets parts whose end never came', async () => {
    const [a, b] = [item('a'), item('b')]
    await inbox.apply(all(1, [a, b], { put: [a], more: true }))
    inbox.startOver()
    expect(await inbox.apply(all(2, [b]))).toEqual({ ok: true, generation: 2 })
    expect(await held()).toEqual(['b'])
  })

  it('refuses an older generation', async () => {
    await inbox.apply(all(5, [item('a')]))
    expect(await inbox.apply(all(4, []))).toEqual({ ok: false, reason: 'stale' })
    expect(await held()).toEqual(['a'])
  })

  it('refuses the same generation with other content', async () => {
    await inbox.apply(all(5, [item('a')]))
    expect(await inbox.apply(all(5, []))).toEqual({ ok: false, reason: 'conflict' })
    expect(await inbox.apply(all(5, [item('a')]))).toEqual({ ok: true, generation: 5 })
  })

  it('refuses what does not add up', async () => {
    expect(await inbox.apply(all(1, [item('a')], { put: [item('a', 'altered')] }))).toEqual({ ok: false, reason: 'conflict' })
    expect(await inbox.head()).toBeUndefined()
  })

  it('refuses the document of another parent', async () => {
    await inbox.apply(all(5, [item('a')]))
    const foreign = all(9, [])
    expect(await inbox.apply({ ...foreign, head: { ...foreign.head, epoch: 'e2' } })).toEqual({ ok: false, reason: 'foreign' })
    expect(await held()).toEqual(['a'])
  })

  it('refuses what names an item twice, and what mixes two documents', async () => {
    const twice = [item('a'), item('a', 'other')]
    expect(await inbox.apply(all(1, twice))).toEqual({ ok: false, reason: 'conflict' })
    await inbox.apply(all(1, [item('a')], { put: [], more: true }))
    await expect(inbox.apply(all(2, [item('a')]))).rejects.toThrow('mixed')
    inbox.startOver()
    const endless = async () => {
      for (let part = 0; part < 1000; part += 1) await inbox.apply(all(1, [], { more: true }))
    }
    await expect(endless()).rejects.toThrow('more than 100 parts')
    expect(await inbox.head()).toBeUndefined()
  })

  it('takes the document of another parent after it was told to, once', async () => {
    await inbox.apply(all(5, [item('a')]))
    await inbox.acceptNewParent()
    const foreign = (generation: number, epoch: string) => ({
      ...all(generation, [item('b')]),
      head: { ...all(generation, [item('b')]).head, epoch },
    })
    expect(await inbox.apply({ ...foreign(1, 'e2'), mode: 'change', from: 5 })).toEqual({ ok: false, reason: 'foreign' })
    expect(await held()).toEqual(['a'])
    expect(await inbox.apply(foreign(1, 'e2'))).toEqual({ ok: true, generation: 1 })
    expect(await inbox.apply(foreign(9, 'e3'))).toEqual({ ok: false, reason: 'foreign' })
    expect(await held()).toEqual(['b'])
  })

  it('refuses a change that begins elsewhere than at what it holds', async () => {
    await inbox.apply(all(5, [item('a')]))
    const change = { ...all(8, [item('a'), item('b')], { put: [item('b')] }), mode: 'change' } as const
    expect(await inbox.apply({ ...change, from: 6 })).toEqual({ ok: false, reason: 'stale' })
    expect(await inbox.apply({ ...change, from: 5 })).toEqual({ ok: true, generation: 8 })
    expect(await held()).toEqual(['a', 'b'])
  })

  it('does not look changed when the same document comes again', async () => {
    await inbox.apply(all(5, [item('a')]))
    const touched: string[] = []
    store.onCommit((changes) => touched.push(...changes.filter(({ collection }) => collection === inboxItems.name).map(({ key }) => key)))
    await inbox.apply(all(6, [item('a')]))
    expect(touched).toEqual([])
  })
})

describe('what a parent does about the document of its child', () => {
  const head = { epoch: 'e1', generation: 5, digest: 'd5' }
  it.each([
    ['everything', {}],
    ['nothing', { holds: head }],
    ['changes', { holds: { ...head, generation: 4, digest: 'd4' } }],
    ['ask', { holds: { ...head, generation: 6, digest: 'd6' } }],
    ['ask', { holds: { ...head, digest: 'other' } }],
    ['refuse', { holds: { ...head, generation: 2 ** 40 } }],
    ['refuse', { holds: { ...head, epoch: 'e2' } }],
    ['ask', { holds: { ...head, epoch: 'e2' }, newParent: true }],
  ] as const)('is %s when it says %j', (plan, held) => {
    expect(planFeed(head, held)).toBe(plan)
  })

  it.each([
    ['everything', undefined],
    ['everything', { ...head, generation: 2 }],
    ['ask', { ...head, generation: 3 }],
    ['ask', { ...head, generation: 9 }],
    ['refuse', { ...head, generation: 2 ** 40 }],
    ['refuse', { ...head, epoch: 'e2' }],
  ] as const)('is %s when it refused, had confirmed 3 and holds %j', (plan, holds) => {
    expect(planAfterRefusal(head, 3, holds)).toBe(plan)
  })
})
