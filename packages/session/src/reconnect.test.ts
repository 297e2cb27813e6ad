import { silentLogger } from '@oakestra/base'
import { recordingLogger, seededRandom, VirtualClock } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { describe, expect, it } from 'vitest'
import { createChildSession } from './child-session.ts'
import { INBOX_COLLECTIONS, Inbox } from './document/inbox.ts'
import { PAIR_CHILD, SessionPair } from './testing/session-pair.ts'
import { MemoryNetwork } from './transport/testing/memory-network.ts'

const CHILDREN = 1_000
const nothing = { ids: async () => [], get: async () => undefined, onChange: () => () => undefined }

function world(seed = 1) {
  const clock = new VirtualClock()
  const random = seededRandom(seed)
  return { clock, random, network: new MemoryNetwork({ clock, random }) }
}

/** Time in small steps: what has no timer, as an immediate message, gets its turn too. */
async function pass(clock: VirtualClock, durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) await clock.advance(100)
}

function startChild({ clock, random, network }: ReturnType<typeof world>, id: string, logger = silentLogger) {
  return createChildSession({
    transport: network.child({ kind: 'cluster', id }, 'door'),
    inbox: new Inbox(createMemoryStore({ collections: INBOX_COLLECTIONS })),
    facts: async () => ({}),
    observed: nothing,
    onRequest: async () => null,
    clock,
    random,
    logger,
  })
}

describe('a parent', () => {
  it('hears how its child went: on purpose, broken off, or silent', async () => {
    const parts = world()
    const pair = await SessionPair.start(parts)
    await using _ = pair
    await pass(parts.clock, 1_000)
    await pair.stopChild()
    await pass(parts.clock, 1_000)
    pair.startChild()
    await pass(parts.clock, 1_000)
    parts.network.breakOff(PAIR_CHILD)
    await pass(parts.clock, 5_000)
    parts.network.cut(PAIR_CHILD)
    await pass(parts.clock, 12_000)
    expect(pair.ends.map(({ how }) => how)).toEqual(['left', 'closed', 'silent'])
    const [, , silent] = pair.ends
    expect(silent?.silentMs).toBeGreaterThanOrEqual(10_000)
    expect(silent?.silentMs).toBeLessThan(11_000)
  })

  it('hears of each connection that it came and that it went, however slowly it takes note', async () => {
    const parts = world()
    const told: string[] = []
    const onConnected = async () => {
      told.push('comes')
      await parts.clock.sleep(2_000)
      told.push('is here')
    }
    const pair = await SessionPair.start({ ...parts, handlers: { onConnected, onDisconnected: () => void told.push('went') } })
    await using _ = pair
    for (let count = 0; count < 5; count += 1) {
      await pass(parts.clock, 900)
      parts.network.breakOff(PAIR_CHILD)
    }
    await pass(parts.clock, 20_000)
    expect(told.length).toBeGreaterThan(5)
    expect(told.slice(-2)).toEqual(['comes', 'is here'])
    for (const [index, word] of told.entries()) expect(word).toBe(['comes', 'is here', 'went'][index % 3])
    expect(pair.parent?.connected().size).toBe(1)
  })

  it('keeps the first of two machines with one identity, and the second one stops knocking all the time', async () => {
    const parts = world()
    const pair = await SessionPair.start(parts)
    await using _ = pair
    await pass(parts.clock, 1_000)
    const logger = recordingLogger()
    const clone = startChild(parts, PAIR_CHILD, logger)
    await using _clone = clone
    await pass(parts.clock, 300_000)
    const refusals = logger.lines.filter(({ fields }) => String(fields['err']).includes("another machine uses this cluster's identity"))
    expect(refusals.length).toBeGreaterThanOrEqual(5)
    expect(refusals.length).toBeLessThanOrEqual(11)
    expect([pair.ends, clone.connected, pair.child?.connected]).toEqual([[], false, true])
    await pair.stopChild()
    await pass(parts.clock, 70_000)
    expect([clone.connected, pair.parent?.connected().size]).toEqual([true, 1])
  })
})

describe('a thousand children', () => {
  it('are all back soon after their parent was away, and do not come at once', async () => {
    const parts = world()
    const { clock, network } = parts
    let arrivals: number[] = []
    const listen = () =>
      network.parent('door', 'cluster').listen({
        onChannel: (channel) => {
          arrivals.push(clock.monotonicMs())
          channel.onMessage(() => undefined)
        },
      })
    const first = await listen()
    const children = Array.from({ length: CHILDREN }, (_, index) => startChild(parts, index.toString(16).padStart(24, '0')))
    await pass(clock, 2_000)
    expect(arrivals).toHaveLength(CHILDREN)
    await first[Symbol.asyncDispose]()
    await pass(clock, 60_000)
    arrivals = []
    const since = clock.monotonicMs()
    const second = await listen()
    await pass(clock, 11_000)
    expect(arrivals).toHaveLength(CHILDREN)
    const perSecond = Array.from({ length: 11 }, (_, second) => arrivals.filter((at) => Math.floor((at - since) / 1_000) === second).length)
    expect(Math.max(...perSecond)).toBeLessThan(CHILDREN / 4)
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()))
    await second[Symbol.asyncDispose]()
  })
})
