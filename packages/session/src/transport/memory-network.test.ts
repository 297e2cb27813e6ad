import { realClock } from '@oakestra/base'
import { seededRandom, until, VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { MemoryNetwork } from './testing/memory-network.ts'
import { transportContract } from './testing/transport-contract.ts'
import { FAST } from './testing/ws-under-test.ts'
import type { Channel } from './transport.ts'

const CHILD = '0123456789abcdef01234567'
const OTHER = 'fedcba9876543210fedcba98'
const never = new AbortController().signal

transportContract('a memory network', async () => {
  const network = new MemoryNetwork({ clock: realClock, random: seededRandom(1), timing: FAST })
  return {
    parent: network.parent('cluster', 'node'),
    child: (id) => network.child({ kind: 'node', id }, 'cluster'),
    join: () => network.joiner('cluster'),
    cut: () => network.cut(CHILD),
    restore: () => {
      network.restore(CHILD)
      network.unstall(CHILD)
    },
    stall: () => network.stall(CHILD),
    strand: async () => network.strand(CHILD),
    [Symbol.asyncDispose]: async () => undefined,
  }
})

describe('a memory network on a virtual clock', () => {
  async function start() {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, random: seededRandom(7) })
    const accepted: Channel[] = []
    await network.parent('cluster', 'node').listen({ onChannel: (channel) => void accepted.push(channel) })
    const child = await network.child({ kind: 'node', id: CHILD }, 'cluster').connect(never)
    const [parent] = accepted
    if (!parent) throw new Error('no channel')
    return { clock, network, child, parent }
  }

  it('keeps the order whatever the delays', async () => {
    const { clock, network, child, parent } = await start()
    network.setDelay(CHILD, { min: 1, max: 500 })
    const heard: number[] = []
    parent.onMessage((text) => void heard.push(Number(text)))
    for (let count = 0; count < 50; count += 1) {
      child.send(`${count}`)
      await clock.advance(10)
    }
    expect(heard.length).toBeLessThan(50)
    await clock.advance(500)
    expect(heard).toEqual(Array.from({ length: 50 }, (_, index) => index))
  })

  it('delivers after a short cut what was sent during it', async () => {
    const { clock, network, child, parent } = await start()
    const heard: string[] = []
    parent.onMessage((text) => void heard.push(text))
    child.onMessage(() => undefined)
    network.cut(CHILD)
    child.send('patience')
    await clock.advance(2000)
    expect(heard).toEqual([])
    network.restore(CHILD)
    await clock.advance(0)
    expect(heard).toEqual(['patience'])
    await clock.advance(60_000)
    expect(child.silentMs).toBeLessThan(2000)
  })

  it('gives up within a lease and a half, and a connection attempt within its time', async () => {
    const { clock, network, child, parent } = await start()
    await clock.advance(10_000)
    const ends: string[] = []
    for (const end of [child, parent]) end.onClose(({ reason }) => void ends.push(reason))
    network.cut(CHILD)
    await clock.advance(2900)
    expect(ends).toEqual([])
    await clock.advance(1600)
    expect(ends).toHaveLength(2)
    const attempt = network.child({ kind: 'node', id: CHILD }, 'cluster').connect(never)
    await Promise.all([expect(attempt).rejects.toMatchObject({ code: 'unavailable' }), clock.advance(5000)])
    await network.child({ kind: 'node', id: OTHER }, 'cluster').connect(never)
  })

  it('breaks connections by chance, the same ones for the same seed', async () => {
    const { clock, network, child, parent } = await start()
    network.setBreakProbability(0.1)
    const ends: string[] = []
    const heard: string[] = []
    parent.onMessage((text) => void heard.push(text))
    for (const end of [child, parent]) end.onClose(({ reason }) => void ends.push(reason))
    for (let count = 0; count < 200; count += 1) {
      child.send('x')
      await clock.advance(1)
    }
    expect(ends).toEqual(['the connection broke off (by chance)', 'the connection broke off (by chance)'])
    expect(heard.length).toBeLessThan(200)
  })

  it('breaks a connection on request', async () => {
    const { clock, network, child } = await start()
    const ends: string[] = []
    child.onClose(({ reason }) => void ends.push(reason))
    network.breakOff(CHILD)
    await clock.advance(0)
    expect(ends).toEqual(['the connection broke off'])
  })

  it('lets go of the timer once nobody is connected', async () => {
    const { clock, child, parent } = await start()
    parent.onMessage(() => undefined)
    child.close('done')
    await until('the parent has ended too', async () => {
      await clock.advance(1)
      return parent.silentMs === 0 && child.silentMs === 0
    })
  })
})
