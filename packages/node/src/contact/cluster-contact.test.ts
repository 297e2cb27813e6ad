import { OakError, silentLogger } from '@oakestra/base'
import { VirtualClock } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { contactRecords, NODE_COLLECTIONS } from '../state.ts'
import { ClusterContact } from './cluster-contact.ts'

const HOUR_MS = 3_600_000

let clock: VirtualClock
let store: ReturnType<typeof createMemoryStore>
let contact: ClusterContact
let told: string[]
let firstWords: number
let asked: number
let answer: () => Promise<void>

beforeEach(async () => {
  clock = new VirtualClock()
  store = createMemoryStore({ collections: NODE_COLLECTIONS })
  told = []
  firstWords = 0
  asked = 0
  answer = async () => undefined
  await restart()
})

/** Another agent, which knows what is in the store. */
async function restart(): Promise<void> {
  contact?.[Symbol.dispose]()
  const onChange = (id: string) => void told.push(id)
  contact = new ClusterContact({ store, clock, logger: silentLogger, onChange, onFirstWord: () => void (firstWords += 1) })
  contact.askBy(() => {
    asked += 1
    return answer()
  })
  await contact.load()
}

function connect(): void {
  contact.connected()
  contact.greeted()
}

const silent = () => contact.silentMs

describe('the silence of the cluster', () => {
  it('is endless while nothing is known, and over when it answers', async () => {
    expect(silent()).toBe(Number.POSITIVE_INFINITY)
    contact.concern('a', 10_000)
    connect()
    expect(silent()).toBe(Number.POSITIVE_INFINITY)
    await clock.advance(1)
    expect([silent(), asked]).toEqual([0, 1])
  })

  it('is over when a document comes, without a question', async () => {
    connect()
    contact.heard()
    contact.concern('a', 10_000)
    await clock.advance(HOUR_MS)
    expect([silent(), asked]).toEqual([0, 0])
  })

  it('begins when the cluster was last heard, not when the connection ended', async () => {
    connect()
    contact.heard()
    await clock.advance(60_000)
    contact.disconnected(3_000)
    expect(silent()).toBe(3_000)
    await clock.advance(5_000)
    expect(silent()).toBe(8_000)
  })

  it('goes on over a connection on which nothing was said', async () => {
    answer = () => Promise.reject(new OakError('deadline-exceeded', 'no answer'))
    connect()
    contact.heard()
    contact.concern('a', 10_000)
    contact.disconnected(0)
    await clock.advance(8_000)
    connect()
    await clock.advance(8_000)
    expect(silent()).toBe(16_000)
    answer = async () => undefined
    await clock.advance(10_000)
    expect(silent()).toBe(0)
  })

  it('takes no answer over one connection for one over the next', async () => {
    let release: () => void = () => undefined
    answer = () => new Promise((resolve) => (release = resolve))
    contact.concern('a', 10_000)
    connect()
    await clock.advance(1)
    contact.disconnected(0)
    connect()
    release()
    await clock.advance(0)
    expect(silent()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is told of to each instance when it is too long for it, and when it is over', async () => {
    connect()
    contact.heard()
    contact.concern('a', 10_000)
    contact.concern('b', 20_000)
    contact.disconnected(0)
    await clock.advance(9_990)
    expect(told).toEqual([])
    await clock.advance(20)
    expect(told).toEqual(['a'])
    await clock.advance(10_000)
    expect(told).toEqual(['a', 'b'])
    connect()
    contact.heard()
    expect(told).toEqual(['a', 'b', 'a', 'b'])
  })
})

describe('over a restart of the agent, the silence', () => {
  beforeEach(async () => {
    connect()
    contact.heard()
    contact.concern('a', 60_000)
    await clock.advance(30_000)
  })

  it('counts from a polite departure', async () => {
    await contact.close()
    await clock.advance(7_000)
    await restart()
    expect(silent()).toBe(7_000)
  })

  it('counts a little too much after a crash, and never too little', async () => {
    await clock.advance(7_000)
    await restart()
    expect(silent()).toBeGreaterThanOrEqual(0)
    expect(silent()).toBeLessThanOrEqual(5_000)
  })

  it('counts right although the clock was set while it lasted', async () => {
    contact.disconnected(0)
    await clock.advance(20_000)
    clock.jumpWall(-15_000)
    await clock.advance(10_000)
    await restart()
    expect(silent()).toBeGreaterThanOrEqual(30_000)
    expect(silent()).toBeLessThanOrEqual(35_000)
  })

  it('is endless when the clock was set back meanwhile, and not for a correction', async () => {
    await contact.close()
    clock.jumpWall(-500)
    await restart()
    expect(silent()).toBe(0)
    clock.jumpWall(-HOUR_MS)
    await restart()
    expect(silent()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is written down once in a few seconds, and not at all while nobody asks', async () => {
    let writes = 0
    store.onCommit((changes) => void (writes += changes.filter(({ collection }) => collection === contactRecords.name).length))
    await clock.advance(60_000)
    expect(writes).toBe(12)
    contact.concern('a', undefined)
    await clock.advance(60_000)
    expect(writes).toBe(12)
  })
})

describe('the first word', () => {
  it('is waited for, for a moment', async () => {
    expect(contact.startsInMs).toBe(3_000)
    await clock.advance(2_000)
    expect(contact.startsInMs).toBe(1_000)
    await clock.advance(2_000)
    expect(contact.startsInMs).toBe(0)
  })

  it('is asked for, also when no instance ends itself, and told once', async () => {
    connect()
    await clock.advance(1)
    expect([contact.startsInMs, firstWords]).toEqual([0, 1])
    contact.disconnected(0)
    connect()
    contact.heard()
    expect(firstWords).toBe(1)
  })
})
