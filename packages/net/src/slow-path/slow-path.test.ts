import { silentLogger } from '@oakestra/base'
import { until, VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { bytesOfAddress } from '../plan/addresses.ts'
import { SLOW_PATH_LIMITS, SlowPath, type SlowPathDevice } from './slow-path.ts'

/** A packet with nothing but what is looked at. */
function packetTo(address: string, mark = 0, length = 60): Buffer {
  const packet = Buffer.alloc(length)
  const isV6 = address.includes(':')
  packet[0] = isV6 ? 0x60 : 0x45
  packet[1] = mark
  packet.set(bytesOfAddress(address), isV6 ? 24 : 16)
  return packet
}

function setUp(resolve: (address: string, signal: AbortSignal) => Promise<boolean>) {
  const reinjected: Uint8Array[] = []
  const denied: string[] = []
  let receive: (packet: Uint8Array) => void = () => undefined
  const device: SlowPathDevice = {
    start: (onPacket) => (receive = onPacket),
    reinject: (packet) => reinjected.push(packet),
    deny: (address) => denied.push(address),
    close: async () => undefined,
  }
  const clock = new VirtualClock()
  const slowPath = new SlowPath({ device, clock, logger: silentLogger, resolve })
  return { slowPath, clock, reinjected, denied, send: (packet: Uint8Array) => receive(packet) }
}

describe('the slow path', () => {
  it.each(['10.30.1.9', 'fdff:2000::9'])('asks once for many packets to %s, and puts them back in order', async (address) => {
    const asked: string[] = []
    const { send, reinjected, denied } = setUp(async (what) => asked.push(what) > 0)
    for (const mark of [1, 2, 3]) send(packetTo(address, mark))
    await until('all are back', () => reinjected.length === 3)
    expect(reinjected.map((packet) => packet[1])).toEqual([1, 2, 3])
    expect(asked).toEqual([address])
    expect(denied).toEqual([])
  })

  it('asks again for a destination that comes back later', async () => {
    let asked = 0
    const { send, reinjected } = setUp(async () => ++asked > 0)
    send(packetTo('10.30.1.9'))
    await until('it is back', () => reinjected.length === 1)
    send(packetTo('10.30.1.9'))
    await until('it is back again', () => reinjected.length === 2)
    expect(asked).toBe(2)
  })

  it('has an address that nobody has refused, and the sender told', async () => {
    const { send, denied, reinjected } = setUp(async () => false)
    send(packetTo('fdff:2000::9'))
    await until('it is refused', () => denied.includes('fdff:2000::9') && reinjected.length === 1)
  })

  it('lets no destination wait for another', async () => {
    const { send, reinjected } = setUp((address) => (address === '10.30.1.1' ? new Promise(() => undefined) : Promise.resolve(true)))
    send(packetTo('10.30.1.1'))
    send(packetTo('10.30.1.2', 2))
    await until('the second is back', () => reinjected.length === 1)
    expect(reinjected[0]?.[1]).toBe(2)
  })

  it('takes a failed question for no answer: nothing is refused, and the next packet asks again', async () => {
    let asked = 0
    const { slowPath, send, denied, reinjected } = setUp(async () => {
      if (asked++ === 0) throw new Error('no connection')
      return true
    })
    send(packetTo('10.30.1.9', 1))
    await until('it is given up', () => slowPath.stats.dropped === 1)
    send(packetTo('10.30.1.9', 2))
    await until('the next is back', () => reinjected.length === 1)
    expect(denied).toEqual([])
  })

  it('gives up what is not answered in time', async () => {
    let signal: AbortSignal | undefined
    const { slowPath, clock, send } = setUp((_address, given) => {
      signal = given
      return new Promise(() => undefined)
    })
    send(packetTo('10.30.1.9'))
    await clock.advance(SLOW_PATH_LIMITS.waitMs)
    expect(slowPath.stats).toMatchObject({ waiting: 0, dropped: 1 })
    expect(signal?.aborted).toBe(true)
  })

  it('keeps the newest packets of a destination, and no more than its share', async () => {
    let open: (isKnown: boolean) => void = () => undefined
    const gate = new Promise<boolean>((resolve) => (open = resolve))
    const { slowPath, send, reinjected } = setUp(() => gate)
    for (let mark = 0; mark < 100; mark++) send(packetTo('10.30.1.9', mark))
    for (let mark = 0; mark < 100; mark++) send(packetTo('10.30.1.8', mark, 1400))
    open(true)
    await until('what was kept is back', () => slowPath.stats.waiting === 0)
    const small = reinjected.filter(({ length }) => length === 60)
    const large = reinjected.filter(({ length }) => length === 1400)
    expect([small.length, small[0]?.[1], small.at(-1)?.[1]]).toEqual([64, 36, 99])
    expect([large.length, large.at(-1)?.[1]]).toEqual([46, 99])
  })

  it('gives up the oldest destination when too many wait', () => {
    const aborted: string[] = []
    const { slowPath, send } = setUp((address, signal) => {
      signal.addEventListener('abort', () => aborted.push(address))
      return new Promise(() => undefined)
    })
    for (let at = 0; at < SLOW_PATH_LIMITS.destinations + 2; at++) send(packetTo(`10.30.${100 + (at >> 8)}.${at & 255}`))
    expect(slowPath.stats.waiting).toBe(SLOW_PATH_LIMITS.destinations)
    expect(aborted).toEqual(['10.30.100.0', '10.30.100.1'])
  })

  it.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['half a header', packetTo('10.30.1.9').subarray(0, 19)],
    ['half a header of IPv6', packetTo('fdff:2000::9').subarray(0, 39)],
    ['another protocol', Buffer.alloc(60, 0xff)],
    ['a multicast', packetTo('ff02::2')],
    ['an address outside the overlay', packetTo('192.0.2.1')],
  ])('drops %s without asking', (_what, garbage) => {
    const { slowPath, send } = setUp(async () => true)
    send(garbage)
    expect(slowPath.stats).toEqual({ asked: 0, reinjected: 0, dropped: 1, waiting: 0 })
  })

  it('stops', async () => {
    const { slowPath, send } = setUp(() => new Promise(() => undefined))
    send(packetTo('10.30.1.9'))
    await slowPath[Symbol.asyncDispose]()
    send(packetTo('10.30.1.9'))
    expect(slowPath.stats).toMatchObject({ waiting: 0, asked: 1 })
  })
})
