import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ChildKnowledge, planTables } from './plan-tables.ts'
import { OverlayWorld, type Seat, type WorldNode } from './world.ts'

const NODES = ['n0', 'n1', 'n2', 'n3', 'n4']
const SERVICES = ['s0', 's1', 's2', 's3']
const CLUSTER_OF: Readonly<Record<string, string>> = { n0: 'A', n1: 'A', n2: 'B', n3: 'B', n4: 'C' }

/** One change of what is so. */
type Step =
  | { readonly kind: 'seat'; readonly id: number; readonly service: number; readonly node: number; readonly running: boolean }
  | { readonly kind: 'unseat'; readonly id: number }
  | { readonly kind: 'interest'; readonly service: number; readonly node: number; readonly on: boolean }
  | { readonly kind: 'prefetch'; readonly application: number; readonly on: boolean }
  | { readonly kind: 'reach'; readonly node: number; readonly on: boolean }

const nat = (max: number) => fc.nat({ max: max - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('seat' as const),
    id: nat(8),
    service: nat(SERVICES.length),
    node: nat(NODES.length),
    running: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('unseat' as const), id: nat(8) }),
  fc.record({ kind: fc.constant('interest' as const), service: nat(SERVICES.length), node: nat(NODES.length), on: fc.boolean() }),
  fc.record({ kind: fc.constant('prefetch' as const), application: nat(2), on: fc.boolean() }),
  fc.record({ kind: fc.constant('reach' as const), node: nat(NODES.length), on: fc.boolean() }),
)

type Level = 'node' | 'cluster'
const childOf = (level: Level, nodeId: string) => (level === 'node' ? nodeId : (CLUSTER_OF[nodeId] ?? ''))
const applicationOf = (serviceId: string) => `app${Number(serviceId.slice(1)) % 2}`

/** What is so, plainly: nothing is remembered that could be forgotten to be changed. */
class Truth {
  readonly seats = new Map<string, Seat>()
  readonly said = new Set<string>()
  readonly prefetched = new Set<string>()
  readonly reachable = new Set(NODES)

  wants(nodeId: string, serviceId: string): boolean {
    const application = applicationOf(serviceId)
    const isNear = [...this.seats.values()].some((seat) => seat.nodeId === nodeId && applicationOf(seat.serviceId) === application)
    return this.said.has(`${serviceId} ${nodeId}`) || (this.prefetched.has(application) && isNear)
  }

  talks(one: string, other: string): boolean {
    const reads = (reader: string, server: string) =>
      [...this.seats.values()].some((seat) => seat.nodeId === server && this.wants(reader, seat.serviceId))
    return one !== other && (reads(one, other) || reads(other, one))
  }

  peersOf(level: Level, childId: string): readonly string[] {
    const own = NODES.filter((nodeId) => childOf(level, nodeId) === childId)
    return NODES.filter((nodeId) => !own.includes(nodeId) && this.reachable.has(nodeId) && own.some((each) => this.talks(each, nodeId)))
  }

  tablesOf(level: Level, childId: string): readonly string[] {
    const own = NODES.filter((nodeId) => childOf(level, nodeId) === childId)
    return SERVICES.filter((serviceId) => own.some((nodeId) => this.wants(nodeId, serviceId)))
  }

  instancesIn(level: Level, childId: string, serviceId: string): readonly string[] {
    const isTold = (seat: Seat) => level === 'node' || childOf(level, seat.nodeId) !== childId
    const running = [...this.seats.values()].filter((seat) => seat.serviceId === serviceId && seat.running && isTold(seat))
    return running.map(({ instanceId }) => instanceId).sort()
  }
}

function nodeAt(level: Level, nodeId: string, reachable: boolean): WorldNode {
  const number = NODES.indexOf(nodeId)
  const reach = { subnetV4: `10.18.${number}.0/26`, subnetV6: `fc00::${number}00/120`, endpoint: { address: '192.0.2.1', port: 50_103 } }
  return { nodeId, childId: childOf(level, nodeId), ...(reachable && { reach }) }
}

function worldOf(level: Level): OverlayWorld {
  const world = new OverlayWorld()
  for (const nodeId of NODES) world.putNode(nodeId, nodeAt(level, nodeId, true))
  for (const serviceId of SERVICES) putService(world, serviceId, false)
  return world
}

function putService(world: OverlayWorld, serviceId: string, prefetch: boolean): void {
  const name = { service: serviceId, namespace: 'x', application: applicationOf(serviceId), applicationNamespace: 'x' }
  world.putService(serviceId, { serviceId, applicationId: applicationOf(serviceId), name, addresses: [], prefetch })
}

function take(level: Level, world: OverlayWorld, truth: Truth, change: Step): void {
  if (change.kind === 'seat') {
    const seat = seatOf(change)
    truth.seats.set(seat.instanceId, seat)
    world.putSeat(seat.instanceId, seat)
  } else if (change.kind === 'unseat') {
    truth.seats.delete(`i${change.id}`)
    world.putSeat(`i${change.id}`, undefined)
  } else if (change.kind === 'interest') {
    const [serviceId, nodeId] = [SERVICES[change.service] ?? '', NODES[change.node] ?? '']
    truth.said[change.on ? 'add' : 'delete'](`${serviceId} ${nodeId}`)
    world.putInterest(serviceId, nodeId, change.on ? [nodeId] : [])
  } else if (change.kind === 'prefetch') {
    truth.prefetched[change.on ? 'add' : 'delete'](`app${change.application}`)
    for (const serviceId of SERVICES.filter((id) => applicationOf(id) === `app${change.application}`))
      putService(world, serviceId, change.on)
  } else {
    const nodeId = NODES[change.node] ?? ''
    truth.reachable[change.on ? 'add' : 'delete'](nodeId)
    world.putNode(nodeId, nodeAt(level, nodeId, change.on))
  }
}

function seatOf({ id, service, node, running }: Extract<Step, { kind: 'seat' }>): Seat {
  const address = { v4: `10.30.0.${id + 1}`, v6: `fdff::${id + 1}` }
  const [serviceId, nodeId] = [SERVICES[service] ?? '', NODES[node] ?? '']
  return { instanceId: `i${id}`, serviceId, number: id, nodeId, term: 0, running, ready: running, ...address }
}

function textOf({ tables, peers, interests }: ChildKnowledge): string {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([sorted(tables), sorted(peers), sorted(interests)])
}

describe.each(['node', 'cluster'] as const)('what a %s is told', (level) => {
  const children = [...new Set(NODES.map((nodeId) => childOf(level, nodeId)))]

  it('is the tables it is interested in and the peers it exchanges packets with, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [world, truth] = [worldOf(level), new Truth()]
        for (const change of steps) take(level, world, truth, change)
        for (const childId of children) {
          const { tables, peers } = planTables(world, childId, level)
          expect([...peers.keys()].sort()).toEqual(truth.peersOf(level, childId))
          expect([...tables.keys()].sort()).toEqual(truth.tablesOf(level, childId))
          for (const [serviceId, table] of tables) {
            expect(table.instances.map(({ instanceId }) => instanceId).sort()).toEqual(truth.instancesIn(level, childId, serviceId))
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is mutual: whoever may send packets to somebody is a peer of his', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [world, truth] = [worldOf(level), new Truth()]
        for (const change of steps) take(level, world, truth, change)
        const peers = new Map(children.map((childId) => [childId, planTables(world, childId, level).peers]))
        const isTold = (childId: string, other: string) =>
          [...(peers.get(childId)?.keys() ?? [])].some((id) => childOf(level, id) === other)
        const reaches = (childId: string) => NODES.every((id) => childOf(level, id) !== childId || truth.reachable.has(id))
        for (const one of children.filter(reaches))
          for (const other of children.filter(reaches)) expect(isTold(one, other)).toBe(isTold(other, one))
      }),
      { numRuns: 100 },
    )
  })

  it('changes only for children that are remembered as concerned', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [world, truth] = [worldOf(level), new Truth()]
        const told = new Map(children.map((childId) => [childId, textOf(planTables(world, childId, level))]))
        world.takeDirty()
        for (const change of steps) {
          take(level, world, truth, change)
          const dirty = world.takeDirty()
          for (const childId of children) {
            const text = textOf(planTables(world, childId, level))
            if (!dirty.has(childId)) expect(text).toBe(told.get(childId))
            told.set(childId, text)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})

it('a table that would be too long has its share for each child', () => {
  const world = worldOf('node')
  for (let number = 0; number < 1_200; number += 1) {
    world.putSeat(`i${number}`, {
      ...seatOf({ kind: 'seat', id: 1, service: 0, node: 4, running: true }),
      instanceId: `i${number}`,
      number,
    })
  }
  world.putInterest('s0', 'n0', ['n0'])
  world.putInterest('s0', 'n1', ['n1'])
  const idsFor = (childId: string) =>
    planTables(world, childId, 'node')
      .tables.get('s0')
      ?.instances.map(({ instanceId }) => instanceId) ?? []
  expect(idsFor('n0')).toHaveLength(1_000)
  expect(new Set([...idsFor('n0'), ...idsFor('n1')]).size).toBeGreaterThan(1_050)
})
