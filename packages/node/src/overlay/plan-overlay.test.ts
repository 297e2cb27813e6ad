import type { PeerItem, ServiceAddress, ServiceTable } from '@oakestra/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NetworkMember, NetworkView } from '../network-view.ts'
import { nodeId, peerItem, serviceTable, tableInstance } from '../testing/overlay-samples.ts'
import { sampleSpec } from '../testing/sample-spec.ts'
import type { PeerPath } from './path.ts'
import { type OverlayKnowledge, PlanMemory, planOverlay } from './plan-overlay.ts'
import type { Preferences } from './plan-services.ts'
import type { PeerStanding } from './service-views.ts'

const TAG = 'abcde'
const PLACE = { subnetV4: '10.18.0.0/26', subnetV6: 'fc00::/120' }
const OWN = nodeId(0)
/** Of the instances here. */
const OWN_SERVICE = 'b'.repeat(24)

describe('the network of a node among others', () => {
  it('leads service addresses to every ready instance that there is a way to, in the order of numbers', () => {
    const { services } = plan({
      tables: [serviceTable([tableInstance(2, 1), tableInstance(3, 2), tableInstance(4, 1, { ready: false }), tableInstance(5, 9)])],
      peers: [peerItem(1, [2, 4]), peerItem(2, [3])],
      members: [member(1)],
    })
    expect(services).toMatchObject([{ v4: '10.30.0.1', v6: 'fdff:2000::1', policy: 'round-robin' }])
    expect(targets(services)).toEqual(['10.30.0.101', '10.30.0.102', '10.30.0.103'])
    expect(kept(services)).toEqual(['10.30.0.104'])
  })

  it('believes itself about its own instances, not a table that is older', () => {
    const tables = [serviceTable([tableInstance(1, 0), tableInstance(2, 0)])]
    expect(targets(plan({ tables, members: [member(1, { ready: false, running: false })] }).services)).toEqual([])
    expect(targets(plan({ tables, members: [member(1)] }).services)).toEqual(['10.30.0.101'])
  })

  it('has services of its own instances also before any table came', () => {
    expect(plan({ members: [member(1, { ready: false })] }).services).toMatchObject([{ v4: '10.30.0.1', targets: [{ v4: '10.30.0.101' }] }])
    expect(plan({ members: [member(1, { ready: false, running: false })] }).services).toMatchObject([{ v4: '10.30.0.1', targets: [] }])
  })

  it('passes over nodes that do not answer, and keeps the connections that lead there', () => {
    const tables = [serviceTable([tableInstance(1, 1), tableInstance(2, 2)])]
    const peers = [peerItem(1, [1]), peerItem(2, [2])]
    const { services, peers: planned } = plan({ tables, peers, standing: { [nodeId(1)]: { isReachable: false } } })
    expect([targets(services), kept(services)]).toEqual([['10.30.0.102'], ['10.30.0.101']])
    expect(planned?.map((peer) => peer.nodeId)).toEqual([nodeId(1), nodeId(2)])
  })

  it('uses even those when there is nobody else', () => {
    const tables = [serviceTable([tableInstance(1, 1), tableInstance(2, 1, { ready: false })])]
    const { services } = plan({ tables, peers: [peerItem(1, [1, 2])], standing: { [nodeId(1)]: { isReachable: false } } })
    expect([targets(services), kept(services)]).toEqual([['10.30.0.101'], ['10.30.0.102']])
  })

  it('sends what two nodes have, for a moment, to the one that the newest copy is on', () => {
    const tables = [serviceTable([tableInstance(1, 1, { term: 1 }), tableInstance(1, 2, { term: 2 })])]
    const { services, peers } = plan({ tables, peers: [peerItem(1, [1]), peerItem(2, [1])] })
    expect(peers?.map(({ instances }) => instances.length)).toEqual([0, 1])
    expect(targets(services)).toEqual(['10.30.0.101'])
  })

  it('opens the tunnel when there is somebody to speak to', () => {
    expect(plan({ tunnel: { port: 50_103 } }).place).toEqual({ tag: TAG, ...PLACE })
    expect(plan({ tunnel: { port: 50_103 }, peers: [peerItem(1, [])] }).place).toMatchObject({ tunnel: { port: 50_103 } })
    expect(plan({ peers: [peerItem(0, [1])] }).peers).toBeUndefined()
  })

  it('gives one meaning to an address that several claim', () => {
    const other = serviceTable([tableInstance(7, 1)], {
      serviceId: 'z'.repeat(24),
      addresses: [
        { policy: 'round-robin', v4: '10.30.0.1', v6: 'fdff:2000::7' },
        { policy: 'closest', v4: '10.18.0.1' },
        { policy: 'sticky', v4: '10.30.0.101' },
      ],
    })
    const { services } = plan({ tables: [serviceTable([]), other], peers: [peerItem(1, [7])], members: [member(1)] })
    expect(services.map(({ v4, v6 }) => [v4, v6])).toEqual([
      ['10.30.0.1', 'fdff:2000::1'],
      [undefined, 'fdff:2000::7'],
    ])
  })

  it('is a configuration without contradictions, whatever tables and peers say', () => {
    const number = fc.integer({ min: 0, max: 12 })
    const instances = fc.array(fc.record({ number, node: fc.integer({ min: 0, max: 4 }), ready: fc.boolean(), term: fc.nat(3) }), {
      maxLength: 12,
    })
    const services = fc.array(fc.record({ serviceId: fc.constantFrom('s1', 's2', 's3'), instances }), { maxLength: 3 })
    const peers = fc.uniqueArray(fc.record({ node: fc.integer({ min: 0, max: 4 }), numbers: fc.uniqueArray(number) }), {
      selector: ({ node }) => node,
    })
    fc.assert(
      fc.property(services, peers, fc.uniqueArray(number, { maxLength: 5 }), (listed, others, own) => {
        const tables = listed.map(({ serviceId, instances: rows }) =>
          serviceTable(
            rows.map(({ number: n, node, ready, term }) => tableInstance(n, node, { ready, term })),
            { serviceId },
          ),
        )
        const input = plan({
          tables,
          peers: others.map(({ node, numbers }) => peerItem(node, numbers)),
          members: own.map((n) => member(n)),
        })
        const routed = new Set([
          ...input.attachments.map((each) => each.instanceV4),
          ...(input.peers ?? []).flatMap((peer) => peer.instances.map(({ v4 }) => v4)),
        ])
        const addresses = input.services.flatMap(({ v4 = [] }) => v4)
        expect(new Set(addresses).size).toBe(addresses.length)
        for (const entry of input.services) {
          const all = [...entry.targets, ...(entry.kept ?? [])].map(({ v4 }) => v4)
          expect(new Set(all).size).toBe(all.length)
          expect(all.filter((v4) => !routed.has(v4))).toEqual([])
        }
      }),
    )
  })
})

/** One thing that happens between two plans; numbers are of instances. */
const happening = fc.record({
  table: fc.record({
    serviceId: fc.constantFrom('s1', 's2', 's3', OWN_SERVICE),
    rows: fc.array(
      fc.record({ number: fc.integer({ min: 0, max: 6 }), node: fc.integer({ min: 0, max: 3 }), ready: fc.boolean(), load: fc.nat(1) }),
      { maxLength: 4 },
    ),
    /** It has an address that others have as well. */
    isGreedy: fc.boolean(),
    isGone: fc.boolean(),
  }),
  peer: fc.option(fc.record({ node: fc.integer({ min: 1, max: 3 }), numbers: fc.uniqueArray(fc.integer({ min: 0, max: 6 })) })),
  standing: fc.option(
    fc.record({ node: fc.integer({ min: 1, max: 3 }), rttMs: fc.integer({ min: 1, max: 9 }), isReachable: fc.boolean() }),
  ),
  path: fc.option(fc.record({ node: fc.integer({ min: 1, max: 3 }), kind: fc.constantFrom('seen' as const, 'said' as const) })),
  members: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  isRound: fc.boolean(),
})
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never

/** What a node knows, as it goes on: objects stay the same until what they say changes, and tables are in the order of ids. */
class Course {
  readonly #tables = new Map<string, ServiceTable>()
  #peers: readonly PeerItem[] = []
  readonly #standing: Record<string, PeerStanding> = {}
  readonly #paths: Record<string, PeerPath> = {}
  #standingVersion = 0

  after({ table, peer, standing, path, isRound }: Happening): OverlayKnowledge {
    const instances = table.rows.map(({ number, node, ready, load }) => tableInstance(number, node, { ready, load }))
    const at = table.serviceId.charCodeAt(1)
    const addresses: readonly ServiceAddress[] = [
      { policy: 'round-robin', v4: `10.30.2.${at}` },
      { policy: 'closest', v4: table.isGreedy ? '10.30.3.1' : `10.30.3.${at}`, v6: `fdff:1000::${at}` },
    ]
    this.#tables.set(table.serviceId, serviceTable(instances, { serviceId: table.serviceId, addresses }))
    if (table.isGone) this.#tables.delete(table.serviceId)
    if (peer) this.#peers = [...this.#peers.filter(({ nodeId: id }) => id !== nodeId(peer.node)), peerItem(peer.node, peer.numbers)]
    if (standing) this.#standing[nodeId(standing.node)] = { isReachable: standing.isReachable, rttMs: standing.rttMs }
    if (standing || isRound) this.#standingVersion += 1
    if (path) this.#paths[nodeId(path.node)] = { current: { kind: path.kind, address: '192.0.2.77', port: 4_000 } }
    const tables = [...this.#tables].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
    return {
      ...known({ tables, peers: this.#peers, standing: this.#standing }),
      pathOf: (id) => this.#paths[id],
      isRound,
      standingVersion: this.#standingVersion,
    }
  }
}

describe('the memory of a plan', () => {
  it('changes nothing about it, whatever happens in between', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 14 }), (happenings) => {
        const memory = new PlanMemory()
        const course = new Course()
        let preferences: Preferences = new Map()
        for (const each of happenings) {
          const knowledge = { ...course.after(each), preferences }
          const view: NetworkView = { place: PLACE, members: each.members.map((number) => member(number)) }
          const planned = planOverlay(TAG, view, knowledge, memory)
          expect(planned).toEqual(planOverlay(TAG, view, knowledge))
          preferences = planned.preferences
        }
      }),
      { seed: 20_261_123, numRuns: 120 },
    )
  })

  it('gives the same objects for what says the same', () => {
    const memory = new PlanMemory()
    const tablesOf = (load: number) =>
      ['s1', 's2'].map((serviceId, at) => {
        const addresses: readonly ServiceAddress[] = [{ policy: 'round-robin', v4: `10.30.2.${at}` }]
        return serviceTable([tableInstance(at, 1, { load })], { serviceId, addresses })
      })
    const peers = [peerItem(1, [0, 1])]
    const [, second] = tablesOf(1)
    const planOf = (tables: readonly ServiceTable[]) =>
      planOverlay(TAG, { place: PLACE, members: [] }, known({ tables, peers }), memory).input
    const before = planOf(tablesOf(1))
    expect(planOf(tablesOf(2)).services).toBe(before.services)
    expect(planOf([serviceTable([], { serviceId: 's0' }), ...(second ? [second] : [])]).services.at(-1)).toBe(before.services.at(-1))
    expect(planOf(tablesOf(1)).peers).toBe(before.peers)
  })

  it('plans the services anew that lead to a node that came, and no others', () => {
    const memory = new PlanMemory()
    const tables = Array.from({ length: 1_000 }, (_, at) =>
      serviceTable([tableInstance(at % 50, 1 + (at % 2))], {
        serviceId: `s${1_000 + at}`,
        addresses: [{ policy: 'round-robin', v4: `10.30.${100 + (at >> 8)}.${at & 255}` }],
      }),
    )
    const even = peerItem(1, [0, 2])
    const planOf = (peers: readonly PeerItem[]) =>
      planOverlay(TAG, { place: PLACE, members: [] }, known({ tables, peers }), memory).input.services
    const [before, after] = [planOf([even]), planOf([even, peerItem(2, [1])])]
    expect(before).toHaveLength(1_000)
    expect(after.filter((entry, at) => entry !== before[at])).toHaveLength(20)
    expect(after.filter(({ targets: all }) => all.length > 0)).toHaveLength(60)
  })
})

interface Situation extends Partial<Pick<OverlayKnowledge, 'tables' | 'peers' | 'tunnel'>> {
  readonly members?: readonly NetworkMember[]
  readonly standing?: Readonly<Record<string, PeerStanding>>
}

function plan({ members = [], ...situation }: Situation) {
  return planOverlay(TAG, { place: PLACE, members }, known(situation)).input
}

function known({ standing = {}, members: _not, ...knowledge }: Situation): OverlayKnowledge {
  return {
    nodeId: OWN,
    tables: [],
    peers: [],
    standingOf: (id) => standing[id],
    preferences: new Map(),
    isRound: false,
    standingVersion: 0,
    asksForUnknown: false,
    ...knowledge,
  }
}

function member(number: number, state: Partial<NetworkMember> = {}): NetworkMember {
  const { v4, v6 } = tableInstance(number, 0)
  const id = `${number}`.padStart(24, 'a')
  const spec = sampleSpec({ instanceId: id, number, addresses: { v4, v6 }, ports: [] })
  const local = {
    id,
    spec,
    namespaceV4: `10.18.0.${number + 2}`,
    namespaceV6: `fc00::${number + 2}`,
    attached: true,
    restarts: 0,
    strikes: 0,
  }
  return { local, running: true, ready: true, ...state }
}

type Services = ReturnType<typeof plan>['services']

function targets([first]: Services): readonly string[] {
  return first?.targets.map(({ v4 }) => v4) ?? []
}

function kept([first]: Services): readonly string[] {
  return first?.kept?.map(({ v4 }) => v4) ?? []
}
