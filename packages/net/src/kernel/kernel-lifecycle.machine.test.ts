import { writeFileSync } from 'node:fs'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Network } from '../network.ts'
import { portName, routingTable } from '../plan/names.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: the life of a network on the real kernel, for ${why}`)

const TAG = '11fe1'
const OTHER_TAG = '11fe2'
const input = sampleInput(TAG)
const otherInput = {
  place: samplePlace(OTHER_TAG, 1),
  attachments: [1, 2].map((n) => sampleAttachment(n, [], 1)),
  services: [sampleService(1, [1, 2], 1)],
}

let count = 0

describe.skipIf(why)('a network in the kernel', () => {
  let machine: TestMachine
  let network: Network
  const netns = (number: number) => network.netnsPath(sampleAttachment(number).instanceId)
  const serveAll = async () => {
    for (const number of [1, 2]) await machine.serve(netns(number), 80, `i${number}`)
  }
  const answers = async () => [await machine.ask(netns(1), '10.30.1.1', 80), await machine.ask(netns(1), '10.30.1.1', 80)].toSorted()
  const BOTH = [expect.stringMatching(/^i1 /), expect.stringMatching(/^i2 /)]

  beforeEach(async () => {
    machine = await TestMachine.create(`life${count++}`)
    network = machine.network(TAG)
  })
  afterEach(async () => machine?.[Symbol.asyncDispose]())

  it('leaves nothing behind', async () => {
    const before = machine.inventory()
    await network.apply(input)
    expect(machine.inventory()).not.toBe(before)
    await network.clear()
    expect(machine.inventory()).toBe(before)
  })

  it('leaves nothing of an instance that goes', async () => {
    const without = sampleInput(TAG, { attachments: [sampleAttachment(1)], services: [] })
    await network.apply(without)
    const before = machine.inventory()
    await network.apply(input)
    await network.apply(without)
    expect(machine.inventory()).toBe(before)
  })

  it.each([
    ['a link is deleted', () => machine.ip('link', 'del', portName(TAG, sampleAttachment(2).instanceId))],
    ['the bridge is deleted', () => machine.ip('link', 'del', `oak${TAG}`)],
    ['a link leaves the bridge', () => machine.ip('link', 'set', portName(TAG, sampleAttachment(2).instanceId), 'nomaster')],
    ['a link is shut', () => machine.ip('link', 'set', portName(TAG, sampleAttachment(2).instanceId), 'down')],
    ['the table is flushed', () => machine.run(machine.path, 'nft', 'flush', 'table', 'inet', `oak_${TAG}`)],
    ['the table is deleted', () => machine.run(machine.path, 'nft', 'delete', 'table', 'inet', `oak_${TAG}`)],
    ['the whole ruleset is flushed', () => machine.run(machine.path, 'nft', 'flush', 'ruleset')],
    ['the routes are flushed', () => machine.ip('route', 'flush', 'table', String(routingTable(TAG)))],
    ['a rule is deleted', () => machine.ip('rule', 'del', 'priority', '10000')],
    ['an address is deleted', () => machine.run(netns(2), 'ip', 'address', 'del', '10.30.0.2/32', 'dev', 'eth0')],
  ])('notices and repairs that %s', async (_what, damage) => {
    await network.apply(input)
    await serveAll()
    damage()
    expect(await network.verify(input)).not.toEqual([])
    await network.apply(input)
    expect(await network.verify(input)).toEqual([])
    expect(await answers()).toEqual(BOTH)
  })

  it('mends a namespace of which only the file is left', async () => {
    await network.apply(sampleInput(TAG, { attachments: [], services: [] }))
    writeFileSync(netns(1), '')
    await network.apply(input)
    await serveAll()
    expect(await answers()).toEqual(BOTH)
  })

  it('clears what a crash left half made', async () => {
    const before = machine.inventory()
    writeFileSync(netns(1), '')
    machine.ip('link', 'add', portName(TAG, 'whoever'), 'type', 'veth', 'peer', 'name', 'stray')
    machine.run(machine.path, 'nft', 'add', 'table', 'inet', `oak_${TAG}`)
    await network.clear()
    expect(machine.inventory()).toBe(before)
  })

  it('refuses a port that a program listens on, and publishes it once it is free', async () => {
    await machine.serve(machine.path, 8080, 'program')
    await expect(network.apply(input)).rejects.toMatchObject({
      code: 'port-in-use',
      details: { instances: [sampleAttachment(2).instanceId], ports: ['8080/tcp'] },
    })
    expect(await machine.ask(machine.path, '127.0.0.1', 8080)).toMatch(/^program /)
    await machine.stopServing(8080)
    await network.apply(input)
    await serveAll()
    expect(await machine.ask(machine.path, '127.0.0.1', 8080)).toMatch(/^i2 /)
  })

  it('ends the connections to a target that left its service, and no other', async () => {
    await network.apply(input)
    for (const number of [1, 2]) await machine.serveEcho(netns(number), 81, `i${number}`)
    const clients = [machine.connect(netns(1), '10.30.1.1', 81), machine.connect(machine.path, '10.30.1.1', 81)]
    const heard = clients.map(() => '')
    clients.forEach((client, at) => client.stdout.on('data', (data) => (heard[at] += data)))
    for (const client of clients) client.stdin.write('hello')
    await until('both were answered', () => heard.every((text) => text.includes('hello')))
    const lost = heard.findIndex((text) => text.startsWith('i2'))
    expect(heard.filter((text) => text.startsWith('i2'))).toHaveLength(1)

    await network.apply({ ...input, services: [sampleService(1, [1]), sampleService(2, [])] })
    for (const client of clients) client.stdin.write('again')
    await until('the lost one ended', () => clients[lost]?.exitCode !== null)
    await until('the other was answered', () => heard[1 - lost]?.includes('again'))
    expect(heard[lost]).not.toContain('again')
  })

  it('raises forwarding without lowering it, and keeps listening to routers', async () => {
    machine.addOutside()
    machine.sysctl('net/ipv6/conf/uplink/accept_ra', '1')
    await network.apply(input)
    expect(machine.readSysctl('net/ipv4/ip_forward')).toBe('1')
    expect(machine.readSysctl('net/ipv6/conf/all/forwarding')).toBe('1')
    expect(machine.readSysctl('net/ipv6/conf/uplink/accept_ra')).toBe('2')
    await network.clear()
    expect(machine.readSysctl('net/ipv4/ip_forward')).toBe('1')
  })

  it('names real networks inside the range as occupied, and lets instances reach them', async () => {
    const outside = machine.addOutside()
    machine.ip('address', 'add', '10.20.0.1/24', 'dev', 'uplink')
    machine.run(outside, 'ip', 'address', 'add', '10.20.0.2/24', 'dev', 'ext0')
    await machine.serve(outside, 80, 'lan')
    await network.apply(input)
    expect(await network.occupiedPrefixes()).toEqual(['10.20.0.0/24'])
    expect(await machine.ask(netns(1), '10.20.0.2', 80)).toBe('lan 10.20.0.1')
  })

  describe('beside another', () => {
    let other: Network
    const otherNetns = (number: number) => other.netnsPath(sampleAttachment(number, [], 1).instanceId)
    beforeEach(async () => {
      other = machine.network(OTHER_TAG)
      await network.apply(input)
      await other.apply(otherInput)
      await serveAll()
      for (const number of [1, 2]) await machine.serve(otherNetns(number), 80, `o${number}`)
    })

    it('balances one service address over its own instances', async () => {
      expect(await answers()).toEqual(BOTH)
      const others = [await machine.ask(otherNetns(1), '10.30.1.1', 80), await machine.ask(otherNetns(1), 'fdff:2000::1', 80)]
      expect(others.every((answer) => answer.startsWith('o'))).toBe(true)
      expect(await machine.ask(machine.path, '10.30.1.1', 80)).toMatch(/^i/)
    })

    it('does not reach the instances of the other, but what they publish', async () => {
      for (const address of ['10.18.0.66', '10.30.0.65', 'fc00::102', 'fdff::41']) {
        expect(await machine.ask(netns(1), address, 80), address).toMatch(/^curl/)
      }
      machine.ip('address', 'add', '203.0.113.1/32', 'dev', 'lo')
      expect(await machine.ask(otherNetns(1), '203.0.113.1', 8080)).toMatch(/^i2 /)
    })

    describe('that is a peer of it', () => {
      const tunnel = { port: 50_103 }
      const here = { ...input, place: { ...input.place, tunnel }, peers: [samplePeer(1, '203.0.113.1', [1, 2], 50_104)] }
      const there = {
        ...otherInput,
        place: { ...otherInput.place, tunnel: { port: 50_104 } },
        services: [sampleService(7, [1, 2]), sampleService(1, [1, 2], 1)],
        peers: [samplePeer(0, '203.0.113.1', [1, 2])],
      }
      beforeEach(async () => {
        machine.ip('address', 'add', '203.0.113.1/32', 'dev', 'lo')
        await network.apply(here)
        await other.apply(there)
      })

      it.each(['10.18.0.66', '10.30.0.65', 'fc00::102', 'fdff::41'])('reaches its instance at %s without a tunnel', async (address) => {
        const own = address.includes(':') ? 'fdff::1' : '10.30.0.1'
        expect(await machine.ask(netns(1), address, 80)).toBe(`o1 ${own}`)
      })

      it('reaches its instances behind a service address, and is reached so', async () => {
        expect(await machine.ask(otherNetns(1), '10.30.1.7', 80)).toBe('i1 10.30.0.65')
        expect(await machine.ask(otherNetns(1), 'fdff:2000::7', 80)).toBe('i1 fdff::41')
      })

      it('is a stranger again when it is no peer any more', async () => {
        await network.apply(input)
        await other.apply(otherInput)
        expect(await machine.ask(netns(1), '10.30.0.65', 80)).toMatch(/^curl/)
        expect(await network.verify(input)).toEqual([])
      })
    })

    it('goes without taking the other along', async () => {
      await network.clear()
      expect(await machine.ask(otherNetns(1), '10.30.1.1', 80)).toMatch(/^o/)
      expect(await machine.ask(machine.path, '10.30.1.1', 80)).toMatch(/^o/)
    })
  })
})
