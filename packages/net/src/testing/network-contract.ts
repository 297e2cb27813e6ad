import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InsightfulNetwork, Network, NetworkInput } from '../network.ts'
import { sampleAttachment, sampleInput, samplePeer, samplePlace, sampleService } from './sample-input.ts'

/** One machine for one test. */
export interface NetworkUnderTest extends AsyncDisposable {
  /** A network on the machine, as an agent makes it when it starts; several with one tag are one agent after another. */
  network(tag: string): InsightfulNetwork
}

const TAG = 'c0de1'
const OTHER_TAG = 'c0de2'
const WEB = { hostPort: 8080, containerPort: 80, protocol: 'tcp' } as const
const NOTHING = { added: [], removed: [] }

/** What every `Network` keeps to, whatever it is made of. */
export function describeNetworkContract(name: string, createMachine: () => Promise<NetworkUnderTest>): void {
  describe(`${name} keeps the contract of a network`, () => {
    let machine: NetworkUnderTest
    let network: InsightfulNetwork
    beforeEach(async () => {
      machine = await createMachine()
      network = machine.network(TAG)
    })
    afterEach(async () => machine?.[Symbol.asyncDispose]())

    it('has nothing to do for the same input', async () => {
      expect((await network.apply(sampleInput(TAG))).added).not.toEqual([])
      expect(await network.apply(sampleInput(TAG))).toEqual(NOTHING)
      expect(await network.verify(sampleInput(TAG))).toEqual([])
    })

    it('does not depend on the order or the spelling of its input', async () => {
      const input = sampleInput(TAG)
      await network.apply(input)
      const attachments = input.attachments.toReversed().map((attachment) => ({ ...attachment, instanceV6: long(attachment.instanceV6) }))
      expect(await network.apply({ ...input, attachments, services: input.services.toReversed() })).toEqual(NOTHING)
    })

    it('has nothing to do after a restart of the agent', async () => {
      await network.apply(sampleInput(TAG))
      await network[Symbol.asyncDispose]()
      const restarted = machine.network(TAG)
      expect(await restarted.verify(sampleInput(TAG))).toEqual([])
      expect(await restarted.apply(sampleInput(TAG))).toEqual(NOTHING)
    })

    it('says what it adds and what it removes', async () => {
      await network.apply(sampleInput(TAG))
      const smaller = sampleInput(TAG, { attachments: [sampleAttachment(1)], services: [sampleService(1, [1])] })
      const report = await network.apply(smaller)
      expect(report.removed).toContain(`namespace oak-${TAG}-${sampleAttachment(2).instanceId}`)
      expect(report.removed.join()).toContain('10.30.0.2')
      expect(await network.verify(smaller)).toEqual([])
      expect((await network.apply(sampleInput(TAG))).added).toContain(`namespace oak-${TAG}-${sampleAttachment(2).instanceId}`)
      expect(await network.verify(sampleInput(TAG))).toEqual([])
    })

    it('says what differs from an input that was never applied', async () => {
      expect((await network.verify(sampleInput(TAG))).length).toBeGreaterThan(10)
    })

    it('moves to another subnet', async () => {
      await network.apply(sampleInput(TAG))
      const moved: NetworkInput = {
        place: samplePlace(TAG, 1),
        attachments: [sampleAttachment(1), sampleAttachment(2)].map((attachment, at) => ({
          ...attachment,
          namespaceV4: `10.18.0.${66 + at}`,
          namespaceV6: `fc00::10${2 + at}`,
        })),
        services: [sampleService(1, [1, 2])],
      }
      await network.apply(moved)
      expect(await network.verify(moved)).toEqual([])
    })

    it('names both instances that want one port, serves the first and applies the rest', async () => {
      const input = sampleInput(TAG, { attachments: [sampleAttachment(1, [WEB]), sampleAttachment(2, [WEB]), sampleAttachment(3)] })
      const [first, second] = input.attachments
      await expect(network.apply(input)).rejects.toMatchObject({
        code: 'port-in-use',
        message: `instance ${second?.instanceId} cannot publish port 8080/tcp: instance ${first?.instanceId} has it`,
        details: { instances: [second?.instanceId], ports: ['8080/tcp'] },
      })
      const accepted = { ...input, attachments: input.attachments.filter((attachment) => attachment !== second) }
      expect(await network.verify(accepted)).toEqual([])
    })

    it('leaves a port with the instance that has it, also after a restart of the agent', async () => {
      const holder = sampleAttachment(2, [WEB])
      await network.apply(sampleInput(TAG, { attachments: [holder] }))
      const restarted = machine.network(TAG)
      const both = sampleInput(TAG, { attachments: [sampleAttachment(1, [WEB]), holder] })
      await expect(restarted.apply(both)).rejects.toMatchObject({ details: { instances: [sampleAttachment(1).instanceId] } })
    })

    it('hands a port over when its holder goes', async () => {
      await network.apply(sampleInput(TAG, { attachments: [sampleAttachment(1, [WEB])] }))
      const next = sampleInput(TAG, { attachments: [sampleAttachment(2, [WEB])] })
      await network.apply(next)
      expect(await network.verify(next)).toEqual([])
    })

    it('lets one port number serve TCP and UDP', async () => {
      const ports = [WEB, { ...WEB, protocol: 'udp' }] as const
      const input = sampleInput(TAG, { attachments: [sampleAttachment(1, ports)] })
      await network.apply(input)
      expect(await network.verify(input)).toEqual([])
    })

    it('refuses a port that another node of the machine publishes', async () => {
      await network.apply(sampleInput(TAG))
      const other = machine.network(OTHER_TAG)
      const input = { place: samplePlace(OTHER_TAG, 1), attachments: [sampleAttachment(1, [WEB], 1)], services: [] }
      await expect(other.apply(input)).rejects.toMatchObject({ code: 'port-in-use', message: expect.stringContaining(`node ${TAG}`) })
    })

    it('lives beside another node without touching it', async () => {
      const other = machine.network(OTHER_TAG)
      const otherInput = {
        place: samplePlace(OTHER_TAG, 1),
        attachments: [sampleAttachment(1, [], 1)],
        services: [sampleService(1, [1], 1)],
      }
      await network.apply(sampleInput(TAG))
      await other.apply(otherInput)
      expect(await network.verify(sampleInput(TAG))).toEqual([])
      await network.clear()
      expect(await other.verify(otherInput)).toEqual([])
    })

    describe('with other nodes', () => {
      const near = sampleInput(TAG, { place: { ...samplePlace(TAG), tunnel: { port: 50_103 } } })
      const joined: NetworkInput = { ...near, peers: [samplePeer(1, '192.0.2.2', [1, 2]), samplePeer(2, '2001:db8::3', [1], 50_777)] }

      it('has nothing to do for the same peers, before and after a restart of the agent', async () => {
        await network.apply(joined)
        expect(await network.apply({ ...joined, peers: joined.peers?.toReversed() ?? [] })).toEqual(NOTHING)
        await network[Symbol.asyncDispose]()
        expect(await machine.network(TAG).verify(joined)).toEqual([])
        expect(await machine.network(TAG).apply(joined)).toEqual(NOTHING)
      })

      it('adds and removes what a peer needs, and no more', async () => {
        await network.apply(near)
        const { added } = await network.apply(joined)
        expect(added.join('\n')).toContain('route 10.30.0.65/32 encap ip id 50103 dst 192.0.2.2')
        expect(added.join('\n')).toContain('route fdff::81/128 encap ip6 id 50777 dst 2001:db8::3')
        const { removed } = await network.apply(near)
        expect(removed.join('\n')).toContain('route 10.30.0.65/32 encap ip id 50103 dst 192.0.2.2')
        expect(await network.verify(near)).toEqual([])
      })

      it('moves an instance from here to a peer, from peer to peer, and back', async () => {
        const moved = { ...samplePeer(1, '192.0.2.2', []), instances: samplePeer(0, '', [2]).instances }
        const other = { ...samplePeer(2, '192.0.2.3', []), instances: moved.instances }
        const steps = [
          near,
          { ...near, attachments: near.attachments.slice(0, 1), peers: [moved] },
          { ...near, attachments: near.attachments.slice(0, 1), peers: [other] },
          near,
        ]
        for (const step of steps) {
          await network.apply(step)
          expect(await network.verify(step)).toEqual([])
        }
      })

      it('stops speaking to other machines', async () => {
        await network.apply(joined)
        const { removed } = await network.apply(sampleInput(TAG))
        expect(removed).toContain(`link otun-${TAG}`)
        expect(await network.verify(sampleInput(TAG))).toEqual([])
      })
    })

    it('explains an address, and what the kernel lacks for it', async () => {
      await network.apply(sampleInput(TAG))
      expect(await network.explain(sampleInput(TAG), '10.30.1.1')).toContain('The kernel has all of this.')
      const wider = sampleInput(TAG, { services: [sampleService(1, [1, 2]), sampleService(7, [1])] })
      expect((await network.explain(wider, '10.30.1.7')).join()).toContain('The kernel lacks services_v4 { 10.30.1.7')
      await expect(network.explain(sampleInput(TAG), 'nonsense')).rejects.toMatchObject({ code: 'bad-request' })
    })

    it('says that nothing is in use where nobody connects', async () => {
      await network.apply(sampleInput(TAG))
      expect(await network.activity()).toEqual(new Map())
    })

    it('begins and ceases to ask for unknown addresses', async () => {
      const asking = sampleInput(TAG, { asksForUnknown: true })
      for (const input of [sampleInput(TAG), asking, sampleInput(TAG)]) {
        await network.apply(input)
        expect(await network.verify(input)).toEqual([])
      }
    })

    it('counts the subnets of other nodes as occupied, and not its own', async () => {
      await network.apply(sampleInput(TAG))
      expect(await network.occupiedPrefixes()).toEqual([])
      expect(await machine.network(OTHER_TAG).occupiedPrefixes()).toEqual(['10.18.0.0/26', 'fc00::/120'])
    })

    it('removes everything, without having been told what there is', async () => {
      await network.apply(sampleInput(TAG))
      await machine.network(TAG).clear()
      expect(await machine.network(OTHER_TAG).occupiedPrefixes()).toEqual([])
      const { added } = await machine.network(TAG).apply(sampleInput(TAG))
      expect(added).toContain(`bridge oak${TAG}`)
    })

    it('has nothing against clearing what is clear', async () => {
      await network.clear()
      await network.clear()
    })

    it('changes nothing for an input that makes no sense', async () => {
      await network.apply(sampleInput(TAG))
      const twice = sampleInput(TAG, { attachments: [sampleAttachment(1), { ...sampleAttachment(2), instanceV4: '10.30.0.1' }] })
      await expect(network.apply(twice)).rejects.toMatchObject({ code: 'conflict' })
      await expect(network.apply(sampleInput(OTHER_TAG))).rejects.toMatchObject({ code: 'conflict' })
      const wrong = sampleInput(TAG, { attachments: [{ ...sampleAttachment(1), namespaceV4: '10.18.0.300' }] })
      await expect(network.apply(wrong)).rejects.toMatchObject({ code: 'bad-request' })
      expect(await network.verify(sampleInput(TAG))).toEqual([])
    })

    it('converges after it was interrupted at any point', async () => {
      const total = await countChecks(network, sampleInput(TAG))
      await network.clear()
      for (let at = 0; at < total; at += Math.max(1, Math.floor(total / 12))) {
        await expect(network.apply(sampleInput(TAG), abortedAfter(at))).rejects.toThrow()
        const restarted = machine.network(TAG)
        await restarted.apply(sampleInput(TAG))
        expect(await restarted.verify(sampleInput(TAG)), `interrupted after ${at} of ${total} steps`).toEqual([])
        await restarted.clear()
        network = machine.network(TAG)
      }
    })

    it('clears what an interrupted application left', async () => {
      const total = await countChecks(network, sampleInput(TAG))
      await network.clear()
      for (const at of [1, Math.floor(total / 2), Math.floor(total * 0.9)]) {
        await expect(network.apply(sampleInput(TAG), abortedAfter(at))).rejects.toThrow()
        await machine.network(TAG).clear()
        const { added } = await machine.network(TAG).apply(sampleInput(TAG))
        expect(added.length, `interrupted after ${at} of ${total} steps`).toBeGreaterThan(total * 0.8)
        await machine.network(TAG).clear()
      }
    })
  })
}

/** A signal that is aborted from its `count`th look on: networks look before each change. */
function abortedAfter(count: number, onLook: () => void = () => undefined): AbortSignal {
  const controller = new AbortController()
  let looks = 0
  const look = () => {
    onLook()
    if (looks++ === count) controller.abort(new Error('interrupted'))
  }
  return new Proxy(controller.signal, {
    get(signal, property) {
      if (property === 'aborted' || property === 'throwIfAborted') look()
      const value: unknown = Reflect.get(signal, property, signal)
      return typeof value === 'function' ? value.bind(signal) : value
    },
  })
}

async function countChecks(network: Network, input: NetworkInput): Promise<number> {
  let looks = 0
  await network.apply(
    input,
    abortedAfter(Number.POSITIVE_INFINITY, () => looks++),
  )
  return looks
}

/** The same address in more words. */
function long(address: string): string {
  return address.replace('::', ':0:0::').toUpperCase()
}
