import { OakError } from '@oakestra/base'
import type { Store, Writer } from '@oakestra/store'
import { openSqliteStore } from '@oakestra/store'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addressClaims, type Fact, facts, ROOT_COLLECTIONS } from '../state/collections.ts'
import { INSTANCE_V6_POOL, ROUND_ROBIN_V6_POOL, V4_POOL } from './address-pool.ts'
import { allocateAddress, claimAddress, releaseAddresses } from './allocate.ts'

const QUIET_MS = 60_000
const at = (nowMs: number) => ({ nowMs, quietMs: QUIET_MS })

let store: Store
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
})
afterEach(() => store[Symbol.asyncDispose]())

const write = <T>(section: (writer: Writer) => Promise<T>) => store.write(section)
const take = (owner: string, nowMs = 0) => write((writer) => allocateAddress(writer, V4_POOL, owner, at(nowMs)))
const want = (address: string, owner: string) => write((writer) => claimAddress(writer, address, owner))
const giveBack = (owner: string, nowMs: number) => write((writer) => releaseAddresses(writer, owner, nowMs))
const setPointer = (address: Fact['value']) => write((writer) => writer.put(facts, { key: 'address-pointer/v4', value: address }))

const number = (c: number, d: number) => String(10 * 2 ** 24 + 30 * 2 ** 16 + c * 256 + d)

describe('choosing an address', () => {
  test('starts behind the network address and goes on from there', async () => {
    expect([await take('a'), await take('b')]).toEqual(['10.30.0.1', '10.30.0.2'])
    const v6 = (pool: typeof V4_POOL) => write((writer) => allocateAddress(writer, pool, 'a', at(0)))
    expect([await v6(INSTANCE_V6_POOL), await v6(ROUND_ROBIN_V6_POOL)]).toEqual(['fdff::1', 'fdff:2000::1'])
  })

  test('leaves out what looks like a network or a broadcast address', async () => {
    await setPointer(number(0, 254))
    expect([await take('a'), await take('b')]).toEqual(['10.30.0.254', '10.30.1.1'])
  })

  test('passes over addresses that users claimed', async () => {
    await want('10.30.0.1', 'theirs')
    expect(await take('mine')).toBe('10.30.0.2')
  })

  test('does not use one again while fresh ones are left', async () => {
    await take('a')
    await giveBack('a', 0)
    expect(await take('b', 10 * QUIET_MS)).toBe('10.30.0.2')
  })

  test('survives a restart of the root: the pointer is stored', async () => {
    await take('a')
    expect(await store.read((reader) => reader.get(facts, 'address-pointer/v4'))).toEqual({
      key: 'address-pointer/v4',
      value: number(0, 2),
    })
  })
})

describe('when all were used once', () => {
  beforeEach(async () => {
    await setPointer(number(255, 253))
    expect([await take('a'), await take('b')]).toEqual(['10.30.255.253', '10.30.255.254'])
  })

  test('says so, and that waiting helps', async () => {
    await expect(take('c')).rejects.toMatchObject({ code: 'resource-exhausted', message: expect.stringContaining('10.30.0.0/16') })
  })

  test('the one that rests longest comes next, after the quiet period', async () => {
    await giveBack('b', 1_000)
    await giveBack('a', 2_000)
    await expect(take('c', 1_000 + QUIET_MS - 1)).rejects.toThrow(OakError)
    expect(await take('c', 1_000 + QUIET_MS)).toBe('10.30.255.254')
    expect(await take('d', 2_000 + QUIET_MS)).toBe('10.30.255.253')
  })

  test('resting addresses of other pools do not hide it', async () => {
    for (let index = 0; index < 50; index += 1) {
      await want(`fdff:2000::99:${index}`, `v6-${index}`)
      await giveBack(`v6-${index}`, 500)
    }
    await giveBack('a', 1_000)
    expect(await take('c', 1_000 + QUIET_MS)).toBe('10.30.255.253')
    expect(await store.read((reader) => reader.count(addressClaims))).toBeLessThan(20)
  })
})

describe('wanting an address', () => {
  test('that another has is refused', async () => {
    await want('10.30.5.5', 'theirs')
    await expect(want('10.30.5.5', 'mine')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('10.30.5.5') })
  })

  test('that one has already changes nothing', async () => {
    await want('10.30.5.5', 'mine')
    expect(await want('10.30.5.5', 'mine')).toBe('10.30.5.5')
  })

  test('that rests takes it at once, and its former owner cannot give it back again', async () => {
    await want('10.30.5.5', 'theirs')
    await giveBack('theirs', 0)
    await want('10.30.5.5', 'mine')
    await giveBack('theirs', 1)
    await expect(want('10.30.5.5', 'third')).rejects.toMatchObject({ code: 'conflict' })
  })
})

test('IPv6 addresses that are never chosen again leave no record', async () => {
  await write((writer) => allocateAddress(writer, INSTANCE_V6_POOL, 'a', at(0)))
  await giveBack('a', 0)
  expect(await store.read((reader) => reader.count(addressClaims))).toBe(0)
})

test('an IPv6 address ahead of the pointer rests before it is chosen', async () => {
  await want('fdff:2000::1', 'theirs')
  await giveBack('theirs', 0)
  const choose = (nowMs: number) => write((writer) => allocateAddress(writer, ROUND_ROBIN_V6_POOL, 'mine', at(nowMs)))
  expect(await choose(QUIET_MS - 1)).toBe('fdff:2000::2')
})

test('whatever happens, no address has two owners and none is chosen while it rests', async () => {
  const command = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), owner: fc.nat(5) }),
    fc.record({ kind: fc.constant('want' as const), owner: fc.nat(5), host: fc.integer({ min: 248, max: 254 }) }),
    fc.record({ kind: fc.constant('release' as const), owner: fc.nat(5) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, QUIET_MS / 2, QUIET_MS) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      await using fresh = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
      await fresh.write((writer) => writer.put(facts, { key: 'address-pointer/v4', value: number(255, 248) }))
      const owners = new Map<string, string>()
      const freed = new Map<string, number>()
      let nowMs = 0
      for (const step of commands) {
        if (step.kind === 'wait') nowMs += step.ms
        else if (step.kind === 'release') {
          const owner = String(step.owner)
          await fresh.write((writer) => releaseAddresses(writer, owner, nowMs))
          for (const [address, holder] of owners) if (holder === owner && owners.delete(address)) freed.set(address, nowMs)
        } else {
          const owner = String(step.owner)
          const chosen = step.kind === 'take'
          const section = (writer: Writer) =>
            chosen ? allocateAddress(writer, V4_POOL, owner, at(nowMs)) : claimAddress(writer, `10.30.255.${step.host}`, owner)
          const address = await fresh.write(section).catch((thrown: unknown) => {
            if (thrown instanceof OakError && (thrown.code === 'conflict' || thrown.code === 'resource-exhausted')) return undefined
            throw thrown
          })
          if (address === undefined) continue
          if (chosen || owners.get(address) !== owner) expect(owners.has(address)).toBe(false)
          if (chosen) expect(nowMs - (freed.get(address) ?? -QUIET_MS)).toBeGreaterThanOrEqual(QUIET_MS)
          owners.set(address, owner)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('the work for one address does not grow with the number of claims', async () => {
  await store.write(async (writer) => {
    for (let index = 0; index < 2_000; index += 1) await allocateAddress(writer, V4_POOL, `owner-${index}`, at(0))
  })
  let reads = 0
  await store.write(async (writer) => {
    const counted: Writer = {
      get: (collection, key) => (reads++, writer.get(collection, key)),
      list: async (collection, query) => {
        const found = await writer.list(collection, query)
        reads += found.length
        return found
      },
      count: (collection, query) => writer.count(collection, query),
      put: (collection, document) => writer.put(collection, document),
      remove: (collection, key) => writer.remove(collection, key),
    }
    await allocateAddress(counted, V4_POOL, 'one-more', at(0))
    await releaseAddresses(counted, 'one-more', 0)
  })
  expect(reads).toBeLessThan(10)
})
