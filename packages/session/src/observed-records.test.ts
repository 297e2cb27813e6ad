import type { Collection } from '@oakestra/store'
import { createMemoryStore } from '@oakestra/store/testing'
import { describe, expect, it } from 'vitest'
import { type ObservedRecords, takeObservedByKind, takerOf } from './observed-records.ts'
import type { ObservedReport } from './parent-options.ts'

interface Thing {
  readonly child: string
  readonly id: string
  readonly text: string
}

const recordsOf = (name: string): ObservedRecords<Thing> & { readonly collection: Collection<Thing> } => ({
  collection: { name, key: ({ child, id }) => `${child} ${id}`, indexes: { child: ({ child }) => child } },
  childIndex: 'child',
  read: (value, child) => ({ ...(value as Thing), child }),
  childOf: ({ child }) => child,
  keyOf: (id, child) => `${child} ${id}`,
  isGivenTo: async () => true,
})

const things = recordsOf('things')
const wishes = recordsOf('wishes')
const takers = { instance: takerOf(things), interest: takerOf(wishes) }

async function open() {
  const store = createMemoryStore({ collections: [things.collection, wishes.collection] })
  const take = (child: string, report: Partial<ObservedReport>) =>
    store.write((writer) => takeObservedByKind(writer, takers, child, { mode: 'change', generation: 1, put: [], gone: [], ...report }))
  const listed = (records: typeof things) =>
    store.read(async (reader) => (await reader.list(records.collection)).map(({ child, id, text }) => `${child} ${id} ${text}`))
  return { take, listed }
}

describe('a report of many kinds', () => {
  it('is taken over kind by kind, and what nobody knows is passed over', async () => {
    const { take, listed } = await open()
    await take('a', {
      put: [
        { id: '1', text: 'runs' },
        { kind: 'interest', id: '1', text: 'wanted' },
        { kind: 'weather', id: '1' },
      ],
    })
    expect(await listed(things)).toEqual(['a 1 runs'])
    expect(await listed(wishes)).toEqual(['a 1 wanted'])
  })

  it('forgets what is gone of the kind that it is of, and of that child only', async () => {
    const { take, listed } = await open()
    for (const child of ['a', 'b'])
      await take(child, {
        put: [
          { id: '1', text: 'runs' },
          { kind: 'interest', id: '1', text: 'wanted' },
        ],
      })
    await take('a', { gone: ['interest.1'] })
    expect(await listed(things)).toEqual(['a 1 runs', 'b 1 runs'])
    expect(await listed(wishes)).toEqual(['b 1 wanted'])
  })

  it('that is whole replaces every kind, also those of which it says nothing', async () => {
    const { take, listed } = await open()
    await take('a', {
      put: [
        { id: '1', text: 'runs' },
        { kind: 'interest', id: '1', text: 'wanted' },
      ],
    })
    await take('a', { mode: 'all', put: [{ id: '2', text: 'runs' }] })
    expect(await listed(things)).toEqual(['a 2 runs'])
    expect(await listed(wishes)).toEqual([])
  })
})
