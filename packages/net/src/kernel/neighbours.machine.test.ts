import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InsightfulNetwork } from '../network.ts'
import { bridgeName, macOf } from '../plan/names.ts'
import { type Advertisement, sendFrames } from '../testing/raw-frames.ts'
import { sampleAttachment, sampleInput, samplePlace } from '../testing/sample-input.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: neighbours on the real kernel, for ${why}`)

const TAG = '0e160'
const GATEWAY = 'fc00::1'

/** Instances 1, 2 and 3 of one node; the third would like to get what is sent to the others. */
describe.skipIf(why)('an instance', () => {
  let machine: TestMachine
  let network: InsightfulNetwork
  const attachment = (number: number) => sampleAttachment(number)
  const netns = (number: number) => network.netnsPath(attachment(number).instanceId)
  const macOfInstance = (number: number) => macOf(attachment(number).namespaceV4)
  const indexOf = (number: number) => Number(machine.run(netns(number), 'ip', '-o', 'link', 'show', 'eth0').stdout.split(':')[0])
  /** Where packets to an address go, as who is at `place` has learnt it. */
  const linkOf = (place: string, link: string, address: string) =>
    /lladdr (\S+)/.exec(machine.run(place, 'ip', '-6', 'neigh', 'show', 'to', address, 'dev', link).stdout)?.[1]
  const reach = async (place: string, address: string) => {
    await until(`${address} answers`, async () => (await machine.ask(place, address, 80)).startsWith('server '))
  }
  const linkLocal = (number: number) =>
    machine.run(netns(number), 'ip', '-6', '-o', 'addr', 'show', 'dev', 'eth0', 'scope', 'link').stdout.match(/fe80::[0-9a-f:]+/)?.[0] ?? ''

  beforeAll(async () => {
    machine = await TestMachine.create('neighbours')
    network = machine.network(TAG)
    await network.apply(sampleInput(TAG, { place: samplePlace(TAG), attachments: [1, 2, 3].map(attachment), services: [] }))
    for (const number of [1, 2]) await machine.serve(netns(number), 80, 'server')
  })
  afterAll(async () => machine?.[Symbol.asyncDispose]())

  it('cannot make its node or its neighbours send it what is meant for others', async () => {
    const victim = attachment(1).namespaceV6
    const [own, bridge] = [netns(2), bridgeName(TAG)]
    await reach(own, attachment(1).instanceV6)
    await reach(machine.path, attachment(1).instanceV6)
    const before = { gateway: linkOf(own, 'eth0', GATEWAY), victim: linkOf(machine.path, bridge, victim) }
    expect(before).toEqual({ gateway: macOf('10.18.0.1'), victim: macOfInstance(1) })
    const lie = { from: macOfInstance(3), source: linkLocal(3) }
    const lies: readonly Advertisement[] = [
      { ...lie, to: macOf('10.18.0.1'), destination: GATEWAY, target: victim },
      { ...lie, to: macOfInstance(2), destination: attachment(2).namespaceV6, target: GATEWAY },
      { ...lie, to: macOf('10.18.0.1'), destination: GATEWAY, target: attachment(1).instanceV6 },
    ]
    // Who has an address may say so, however often; what was sent before has arrived when this is known.
    const truth: Advertisement = { ...lie, to: macOf('10.18.0.1'), destination: GATEWAY, target: attachment(3).namespaceV6 }
    machine.run(
      machine.path,
      'ip',
      '-6',
      'neigh',
      'replace',
      attachment(3).namespaceV6,
      'lladdr',
      '02:00:00:00:00:01',
      'nud',
      'stale',
      'dev',
      bridge,
    )
    await sendFrames(netns(3), indexOf(3), [...lies, truth])
    await until('the truth is known', () => linkOf(machine.path, bridge, attachment(3).namespaceV6) === macOfInstance(3))
    expect({ gateway: linkOf(own, 'eth0', GATEWAY), victim: linkOf(machine.path, bridge, victim) }).toEqual(before)
    await reach(own, attachment(1).instanceV6)
    await reach(machine.path, attachment(1).instanceV6)
  })

  it('finds nothing to do after a restart of the agent', async () => {
    const input = sampleInput(TAG, { place: samplePlace(TAG), attachments: [1, 2, 3].map(attachment), services: [] })
    await network[Symbol.asyncDispose]()
    expect(await network.verify(input)).toEqual([])
  })
})
