import { seededRandom, VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { inboxItems } from './document/inbox.ts'
import { type OutboxEntry, outboxEntries, outboxKey } from './document/outbox.ts'
import { PAIR_CHILD, SessionPair } from './testing/session-pair.ts'
import { MemoryNetwork } from './transport/testing/memory-network.ts'

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1)
const DECISIONS = 60
const HOUR_MS = 3_600_000

async function start(seed: number) {
  const clock = new VirtualClock()
  const random = seededRandom(seed)
  const network = new MemoryNetwork({ clock, random })
  const pair = await SessionPair.start({ network, clock, random })
  return { clock, random, network, pair }
}

/** Lets time pass until both ends agree about everything. Gives the virtual milliseconds that took. */
async function agreed(clock: VirtualClock, pair: SessionPair): Promise<number> {
  const since = clock.monotonicMs()
  const isAgreed = () => pair.held() === pair.wanted() && believed(pair) === seen(pair)
  while (!isAgreed() && clock.monotonicMs() - since < HOUR_MS) await clock.advance(100)
  expect([pair.held(), believed(pair)]).toEqual([pair.wanted(), seen(pair)])
  return clock.monotonicMs() - since
}

const believed = (pair: SessionPair) => sorted([...pair.believed].map(([id, version]) => `${id}:${version}`))
const seen = (pair: SessionPair) => sorted([...pair.sight.seen.values()].map(({ id, version }) => `${id}:${version}`))
const sorted = (list: readonly string[]) => list.toSorted((left, right) => (left < right ? -1 : 1)).join()

/** Decides at random what there shall be, and lets the child see something else at random. */
async function decide(pair: SessionPair, random: { next(): number }, step: number): Promise<void> {
  const id = `i${Math.floor(random.next() * 12)}`
  if (random.next() < 0.7) await pair.put(id, step)
  else await pair.remove(id)
  const seenId = `s${Math.floor(random.next() * 12)}`
  pair.sight.set(seenId, random.next() < 0.7 ? step : undefined)
}

/** Fails as soon as the child is made to give up what its parent wants. */
function guardWanted(pair: SessionPair): string[] {
  const wronged: string[] = []
  const wantedEver = new Map<string, boolean>()
  pair.parentStore.onCommit(() => {
    for (const { item, removed } of pair.parentStore.peek<OutboxEntry>(outboxEntries)) if (removed) wantedEver.set(item.id, true)
  })
  pair.childStore.onCommit((changes) => {
    for (const { collection, kind, key } of changes) {
      const isWanted = pair.parentStore.peekAt<OutboxEntry>(outboxEntries, outboxKey(PAIR_CHILD, key))?.removed === false
      if (collection === inboxItems.name && kind === 'remove' && isWanted && !wantedEver.has(key)) wronged.push(key)
    }
  })
  return wronged
}

describe('documents and reports', () => {
  it.each(SEEDS)('agree in the end, though messages are lost, repeated and reordered all the time (seed %i)', async (seed) => {
    const { clock, random, network, pair } = await start(seed)
    await using _ = pair
    const wronged = guardWanted(pair)
    network.setFaults({ loss: 0.05, repetition: 0.1, reordering: 0.1 })
    network.setDelay(undefined, { min: 0, max: 80 })
    for (let step = 0; step < DECISIONS; step += 1) {
      await decide(pair, random, step)
      await clock.advance(Math.floor(random.next() * 400))
    }
    await agreed(clock, pair)
    expect(wronged).toEqual([])
  })

  it('agree also when the only message that says so was lost', async () => {
    const { clock, network, pair } = await start(1)
    await using _ = pair
    await pair.put('a')
    await agreed(clock, pair)
    network.setFaults({ loss: 1 })
    await pair.put('b')
    pair.sight.set('s', 1)
    await clock.advance(1_000)
    network.setFaults({})
    expect(await agreed(clock, pair)).toBeLessThan(5_000)
  })

  it('cost no connection while messages are only repeated', async () => {
    const { clock, random, network, pair } = await start(2)
    await using _ = pair
    network.setFaults({ repetition: 0.5 })
    for (let step = 0; step < DECISIONS; step += 1) {
      await decide(pair, random, step)
      await clock.advance(50)
    }
    await agreed(clock, pair)
    expect(pair.ends).toEqual([])
  })
})
