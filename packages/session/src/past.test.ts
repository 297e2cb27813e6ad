import { realClock } from '@oakestra/base'
import { seededRandom, until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Inbox, type InboxItem, inboxItems } from './document/inbox.ts'
import { type OutboxEntry, outboxEntries } from './document/outbox.ts'
import type { ParentHandlers } from './parent-options.ts'
import { PAIR_CHILD, SessionPair } from './testing/session-pair.ts'
import { MemoryNetwork } from './transport/testing/memory-network.ts'

let pair: SessionPair
let handlers: Partial<ParentHandlers>
/** Items that the child was told to give up, in the order of being told. */
let dropped: string[]

beforeEach(async () => {
  const random = seededRandom(3)
  const network = new MemoryNetwork({ clock: realClock, random, timing: { pingMs: 20, leaseMs: 200 } })
  handlers = {}
  dropped = []
  const late: ParentHandlers['onUnknownDocument'] = async (writer, childId, items) => {
    await (handlers.onUnknownDocument ?? (async () => pair.outbox.adopt(writer, childId, items)))(writer, childId, items)
  }
  pair = await SessionPair.start({ network, clock: realClock, random, handlers: { onUnknownDocument: late } })
  pair.childStore.onCommit((changes) => {
    for (const { collection, kind, key } of changes) if (collection === inboxItems.name && kind === 'remove') dropped.push(key)
  })
})
afterEach(() => pair[Symbol.asyncDispose]())

const holds = (text: string) => until(`the child holds ${text}`, () => pair.held() === text && pair.wanted() === text)
const settled = () =>
  until('nothing is left to be forgotten', () => pair.parentStore.peek<OutboxEntry>(outboxEntries).every(({ removed }) => !removed))
const generation = async () => (await new Inbox(pair.childStore).head())?.generation ?? 0

async function restoreParent(meanwhile: () => Promise<void>, afterwards: () => Promise<void> = async () => undefined): Promise<void> {
  const backup = pair.parentStore.snapshot()
  await meanwhile()
  await pair.stopParent()
  pair.parentStore.restore(backup)
  await pair.stopChild()
  await pair.startParent()
  await afterwards()
  pair.startChild()
}

describe('a parent whose store is from the past', () => {
  it('takes over what the child has been given since, and goes on under a higher generation', async () => {
    await pair.put('a')
    await holds('a=a')
    await restoreParent(async () => {
      await pair.put('b')
      await holds('a=a,b=b')
    })
    const before = await generation()
    await until('the parent knows', () => pair.wanted() === 'a=a,b=b')
    await until('a new generation', async () => (await generation()) > before)
    expect([pair.held(), dropped]).toEqual(['a=a,b=b', []])
  })

  it('does so too when it has gone on from its old store for longer than the child had from the new one', async () => {
    await pair.put('a')
    await holds('a=a')
    const busy = async () => {
      for (let index = 0; index < 10; index += 1) await pair.put('z', `${index}`)
    }
    await restoreParent(async () => {
      await pair.put('b')
      await holds('a=a,b=b')
    }, busy)
    await holds('a=a,b=b,z=9')
    expect(dropped).toEqual([])
  })

  it('gives up nothing either when both have come to the same number by different ways', async () => {
    await pair.put('a')
    await holds('a=a')
    await restoreParent(
      async () => {
        await pair.put('b')
        await holds('a=a,b=b')
      },
      () => pair.put('z'),
    )
    await holds('a=a,b=b,z=z')
    expect(dropped).toEqual([])
  })

  it('wants again what was removed since, for it cannot know, and lets what it removed itself be gone', async () => {
    for (const id of ['a', 'b', 'c']) await pair.put(id)
    await holds('a=a,b=b,c=c')
    await restoreParent(
      async () => {
        await pair.remove('a')
        await settled()
        await pair.put('d')
        await holds('b=b,c=c,d=d')
      },
      () => pair.remove('b'),
    )
    await holds('a=a,c=c,d=d')
    await settled()
    expect(dropped).toEqual(['a', 'b'])
  })

  it('may keep what it likes of it', async () => {
    const told: string[][] = []
    handlers = { onUnknownDocument: async (_writer, childId, items) => void told.push([childId, ...items.map(({ id }) => id)]) }
    await pair.put('a')
    await holds('a=a')
    await restoreParent(async () => {
      await pair.put('b')
      await holds('a=a,b=b')
    })
    await holds('a=a')
    expect(told).toEqual([[PAIR_CHILD, 'a', 'b']])
  })

  it('asks for a large document page by page', async () => {
    const backup = pair.parentStore.snapshot()
    await pair.parentStore.write(async (writer) => {
      for (let index = 0; index < 1_500; index += 1) {
        await pair.outbox.put(writer, PAIR_CHILD, { id: `i${index}`, kind: 'instance', body: 'x'.repeat(index % 5 === 0 ? 9_000 : 10) })
      }
    })
    await until('the child holds all', () => pair.childStore.peek<InboxItem>(inboxItems).length === 1_500)
    await pair.stopParent()
    pair.parentStore.restore(backup)
    await pair.startParent()
    await until('the parent knows all', () => pair.parentStore.peek<OutboxEntry>(outboxEntries).length === 1_500)
    await until('both agree', () => pair.held() === pair.wanted())
    expect(dropped).toEqual([])
  })
})

describe('a new parent', () => {
  async function replaceParent(): Promise<void> {
    await pair.stopParent()
    await pair.stopChild()
    pair.parentStore.restore(new Map())
    await pair.startParent()
  }

  it('gets nothing and changes nothing while the child was not told to join it', async () => {
    await pair.put('a')
    await holds('a=a')
    await replaceParent()
    await pair.put('z')
    pair.startChild()
    await until('it was turned away', () => pair.ends.some(({ reason }) => reason.includes('the document of another parent')))
    expect([pair.held(), pair.wanted()]).toEqual(['a=a', 'z=z'])
  })

  it('takes over the child that has joined it, with what runs there', async () => {
    await pair.put('a')
    await holds('a=a')
    await replaceParent()
    await pair.put('z')
    await new Inbox(pair.childStore).acceptNewParent()
    pair.startChild()
    await holds('a=a,z=z')
    await until('it is the child of that parent for good', async () => !(await new Inbox(pair.childStore).expectsNewParent()))
    expect(dropped).toEqual([])
  })
})

describe('a child whose store is from the past', () => {
  it('is brought up to date, and what has been removed since does not come back', async () => {
    for (const id of ['a', 'b']) await pair.put(id)
    await holds('a=a,b=b')
    const backup = pair.childStore.snapshot()
    await pair.remove('a')
    await settled()
    await pair.put('c')
    await holds('b=b,c=c')
    await pair.stopChild()
    pair.childStore.restore(backup)
    pair.startChild()
    await holds('b=b,c=c')
  })

  it('is given everything when it has lost it', async () => {
    await pair.put('a')
    await holds('a=a')
    await pair.stopChild()
    pair.childStore.restore(new Map())
    pair.startChild()
    await holds('a=a')
  })
})
