import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InsightfulNetwork } from '../network.ts'
import { sampleInput, samplePeer, samplePlace } from '../testing/sample-input.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: changes of routes on the real kernel, for ${why}`)

const TAG = '0ea31'
const PEERS = {
  place: { ...samplePlace(TAG), tunnel: { port: 50_103 } },
  peers: [samplePeer(1, '192.0.2.2', [1, 2, 3])],
}

describe.skipIf(why)('changes of routes on the real kernel', () => {
  let machine: TestMachine
  let network: InsightfulNetwork
  beforeEach(async () => {
    machine = await TestMachine.create('routes')
    machine.addOutside()
    network = machine.network(TAG)
    await network.apply(sampleInput(TAG))
  })
  afterEach(() => machine[Symbol.asyncDispose]())

  it('are told at once when they are inside the overlay, of either family, and not when they are a node’s own or elsewhere', async () => {
    let told = 0
    const unwatch = await network.watchRoutes(() => {
      told += 1
    })
    await network.apply(sampleInput(TAG, PEERS))
    machine.ip('route', 'add', '172.31.0.0/16', 'via', '192.0.2.2')
    machine.ip('route', 'add', '10.20.0.0/24', 'via', '192.0.2.2')
    await until('the new one is told', () => told > 0)
    expect(told).toBe(1)
    machine.ip('-6', 'route', 'add', 'fc00:7::/64', 'via', '2001:db8::2')
    await until('the one of IPv6 is told', () => told > 1)
    machine.ip('route', 'del', '10.20.0.0/24')
    await until('its end is told', () => told > 2)
    expect(await network.occupiedPrefixes()).toEqual(['fc00:7::/64'])
    unwatch()
    machine.ip('route', 'add', '10.20.0.0/24', 'via', '192.0.2.2')
    await using other = machine.network(TAG)
    let heardByOther = 0
    await other.watchRoutes(() => {
      heardByOther += 1
    })
    machine.ip('route', 'del', '10.20.0.0/24')
    await until('somebody else hears of the last', () => heardByOther > 0)
    expect(told).toBe(3)
  })

  it('are all looked at when more came than could be told', async () => {
    let told = 0
    await network.watchRoutes(() => {
      told += 1
    })
    // One synchronous run of the program: nobody reads meanwhile, and the kernel keeps some hundreds.
    const lines = Array.from({ length: 3_000 }, (_, at) => `route add 172.30.${at >> 8}.${at & 255}/32 via 192.0.2.2`)
    const { status } = machine.runWith(lines.join('\n'), machine.path, 'ip', '-batch', '-')
    expect(status).toBe(0)
    await until('it is said that something may have changed', () => told > 0)
    const before = told
    machine.ip('route', 'add', '10.20.0.0/24', 'via', '192.0.2.2')
    await until('what comes later is told again', () => told > before)
  })
})
