import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openSqliteStore } from './sqlite.ts'
import type { Collection, Query, Reader, Store } from './store.ts'
import { createMemoryStore } from './testing/memory-store.ts'

interface Thing {
  readonly id: string
  readonly group?: string
  readonly rank?: number
}

const things: Collection<Thing> = {
  name: 'things',
  key: (thing) => thing.id,
  indexes: { group: (thing) => thing.group, rank: (thing) => thing.rank },
}

type Step = { readonly put: Thing } | { readonly remove: string }
type Round = { readonly steps: readonly Step[]; readonly fails: boolean }

// A NUL is refused, which the contract tests.
const id = fc.string({ unit: 'binary', maxLength: 3 }).filter((text) => !text.includes('\0'))
const rank = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer().map((eighths) => eighths / 8),
)
const thing = fc.record({ id, group: fc.constantFrom('', 'a', 'B', 'é'), rank }, { requiredKeys: ['id'] })
const step: fc.Arbitrary<Step> = fc.oneof(fc.record({ put: thing }), fc.record({ remove: id }))
const round: fc.Arbitrary<Round> = fc.record({ steps: fc.array(step, { maxLength: 8 }), fails: fc.boolean() })
const query: fc.Arbitrary<Query> = fc.oneof(
  fc.record({ limit: fc.nat(4), afterKey: id }, { requiredKeys: [] }),
  fc.record({ index: fc.constant('group'), equals: fc.constantFrom('', 'a', 'B', 'é'), limit: fc.nat(4) }, { requiredKeys: ['index'] }),
  fc.record({ index: fc.constant('rank'), greaterThan: rank, lessThan: rank, limit: fc.nat(4) }, { requiredKeys: ['index'] }),
)

/** SQLite orders text by its UTF-8 bytes. */
function compare(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)))
}

function listFromModel(model: ReadonlyMap<string, Thing>, { index, equals, greaterThan, lessThan, afterKey, limit }: Query): Thing[] {
  const valueOf = (document: Thing) => (index === 'group' ? document.group : index === 'rank' ? document.rank : document.id)
  return [...model.values()]
    .filter((document) => valueOf(document) !== undefined)
    .filter((document) => equals === undefined || valueOf(document) === equals)
    .filter((document) => greaterThan === undefined || compare(valueOf(document) ?? '', greaterThan) > 0)
    .filter((document) => lessThan === undefined || compare(valueOf(document) ?? '', lessThan) < 0)
    .filter((document) => afterKey === undefined || compare(document.id, afterKey) > 0)
    .sort((a, b) => compare(valueOf(a) ?? '', valueOf(b) ?? '') || compare(a.id, b.id))
    .slice(0, limit)
}

/** Starts all rounds at once, as independent requests would. */
async function play(store: Store, rounds: readonly Round[]): Promise<void> {
  const failure = new Error('this round fails')
  const results = rounds.map(({ steps, fails }) =>
    store.write(async (writer) => {
      for (const each of steps) await ('put' in each ? writer.put(things, each.put) : writer.remove(things, each.remove))
      if (fails) throw failure
    }),
  )
  const outcomes = await Promise.allSettled(results)
  expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(rounds.map(({ fails }) => fails))
}

function playOnModel(model: Map<string, Thing>, rounds: readonly Round[]): void {
  for (const each of rounds.filter(({ fails }) => !fails).flatMap(({ steps }) => steps)) {
    if ('put' in each) model.set(each.put.id, each.put)
    else model.delete(each.remove)
  }
}

/** JSON has no negative zero. */
const asJson = (documents: readonly Thing[]) => JSON.parse(JSON.stringify(documents)) as unknown

const stores: readonly (readonly [string, () => Promise<Store>])[] = [
  ['SQLite', () => openSqliteStore({ file: ':memory:', collections: [things] })],
  ['a store in memory', async () => createMemoryStore({ collections: [things] })],
]

it.each(stores)('%s answers every query as a map would, whatever was written, failed and removed before', async (_name, open) => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { maxLength: 6 }), fc.array(query, { minLength: 1, maxLength: 6 }), async (rounds, queries) => {
      await using store = await open()
      const model = new Map<string, Thing>()
      await play(store, rounds)
      playOnModel(model, rounds)
      await store.read(async (reader: Reader) => {
        for (const each of queries) {
          const expected = listFromModel(model, each)
          expect(await reader.list(things, each)).toEqual(asJson(expected))
          expect(await reader.count(things, each)).toBe(expected.length)
        }
      })
    }),
    { numRuns: 150 },
  )
})
