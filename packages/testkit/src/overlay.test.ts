import { until } from '@oakestra/base/testing'
import type { DesiredInstance, ObservedInstance, PeerItem, Service, ServiceTable } from '@oakestra/model'
import type { OverlayMeans } from '@oakestra/node'
import { inboxItems } from '@oakestra/session'
import type { Collection } from '@oakestra/store'
import { overlaySubject } from '@oakestra/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type NodeUnit, type System, startSystem } from './start-system.ts'
import { realSurroundings } from './surroundings.ts'

const GRACE_MS = { silent: 1_000, closed: 1_000, left: 1_000, unseen: 5_000 }
const LIVENESS = { root: { graceMs: GRACE_MS, refusedMs: 500 }, cluster: { graceMs: GRACE_MS } }

// What the test looks at in root's store.
const services: Collection<Service> = { name: 'services', key: ({ id }) => id }
const instances: Collection<DesiredInstance> = { name: 'instances', key: ({ id }) => id }
const reports: Collection<ObservedInstance> = { name: 'reports', key: ({ instanceId }) => instanceId }

type Resolve = Parameters<NonNullable<OverlayMeans['openSlowPath']>>[0]

let system: System
let admin: ApiUser
/** First packets to an address, by node. */
const firstPackets = new Map<string, Resolve>()
/** What nodes asked for by address: `node service`. */
const asked = new Set<string>()

beforeEach(async () => {
  asked.clear()
  const surroundings = realSurroundings({})
  const openSlowPath = (name: string) => async (resolve: Resolve) => {
    firstPackets.set(name, resolve)
    return { stats: { asked: 0, waiting: 0, dropped: 0 } as never, [Symbol.asyncDispose]: async () => undefined }
  }
  const overlay = (name: string) => ({ tunnel: { port: 50_103, address: `192.0.2.${name.slice(1)}` }, openSlowPath: openSlowPath(name) })
  system = await startSystem({
    clusters: { c1: ['n1', 'n2'], c2: ['n3', 'n4'] },
    liveness: LIVENESS,
    surroundings: { ...surroundings, nodeOptions: (name) => ({ overlay: overlay(name) }) },
  })
  admin = await system.admin()
})
afterEach(() => system[Symbol.asyncDispose]())

const at = (cluster: string, node?: string) => ({ constraints: [{ type: 'direct', cluster, ...(node !== undefined && { node }) }] })
const service = (name: string, changes: object = {}) => ({ microservice_name: name, code: 'fake://run', memory: 50, vcpus: 0, ...changes })

async function deployed(application: string, ...wanted: readonly ReturnType<typeof service>[]): Promise<Readonly<Record<string, string>>> {
  const ids = await admin.createApplication(application, wanted)
  for (const id of Object.values(ids)) await admin.deploy(id)
  for (const id of Object.values(ids)) await admin.sees(id, 'RUNNING')
  return ids
}

/** Something on a node uses an address that the node has not used before. */
async function uses(name: string, serviceId: string, known?: string): Promise<void> {
  const address = known ?? (await admin.service(serviceId)).RR_ip
  asked.add(`${name} ${serviceId}`)
  expect(await firstPackets.get(name)?.(address, AbortSignal.timeout(5_000))).toBe(true)
}

interface Told {
  readonly tables: Readonly<Record<string, readonly string[]>>
  readonly peers: Readonly<Record<string, readonly string[]>>
}

/** What a node has been told, in words that can be compared. */
async function toldTo({ unit }: NodeUnit): Promise<Told> {
  const items = (await unit.store.read((reader) => reader.list(inboxItems))).filter(({ id }) => overlaySubject(id))
  const bodies = <T>(kind: string) => items.filter((item) => item.kind === kind).map(({ body }) => body as T)
  const tables = bodies<ServiceTable>('table').map((table) => [table.serviceId, table.instances.map(words).sort()])
  const peers = bodies<PeerItem>('peer').map((peer) => [peer.nodeId, peer.instances.map(({ v4 }) => v4).sort()])
  return { tables: Object.fromEntries(tables), peers: Object.fromEntries(peers) }
}

function words({ instanceId, nodeId, v4, ready }: ServiceTable['instances'][number]): string {
  return `${instanceId} ${v4} ${nodeId} ${ready}`
}

interface Seat {
  readonly instance: DesiredInstance
  readonly service: Service
  readonly report: ObservedInstance
}

/** Where root knows everything to be. */
async function seats(): Promise<readonly Seat[]> {
  return system.root.store.read(async (reader) => {
    const found: Seat[] = []
    for (const instance of await reader.list(instances)) {
      const report = await reader.get(reports, instance.id)
      const ofService = await reader.get(services, instance.serviceId)
      if (report?.nodeId && ofService) found.push({ instance, service: ofService, report })
    }
    return found
  })
}

/** What a node is to be told, worked out from the whole at once. */
async function shouldKnow(node: NodeUnit, all: readonly Seat[]): Promise<Told> {
  const catalogue = await system.root.store.read((reader) => reader.list(services))
  const wants = (other: NodeUnit) => {
    const near = new Set(all.filter(({ report }) => report.nodeId === other.id).map((seat) => seat.service.applicationId))
    return new Set(
      catalogue.filter(({ id, applicationId }) => near.has(applicationId) || asked.has(`${other.name} ${id}`)).map(({ id }) => id),
    )
  }
  const has = (other: NodeUnit) => all.filter(({ report }) => report.nodeId === other.id)
  const reads = (reader: NodeUnit, server: NodeUnit) => has(server).some(({ service: { id } }) => wants(reader).has(id))
  const peers = system.nodes.filter((other) => other.id !== node.id && (reads(node, other) || reads(other, node)))
  const tables = [...wants(node)].map((id) => [
    id,
    all
      .filter((seat) => seat.service.id === id && seat.report.state === 'running')
      .map(seatWords)
      .sort(),
  ])
  return {
    tables: Object.fromEntries(tables),
    peers: Object.fromEntries(
      peers.map((peer) => [
        peer.id,
        has(peer)
          .map(({ instance }) => instance.addresses.v4)
          .sort(),
      ]),
    ),
  }
}

function seatWords({ instance, report }: Seat): string {
  return `${instance.id} ${instance.addresses.v4} ${report.nodeId} true`
}

/** Every node knows exactly what it is to know. */
async function exact(): Promise<void> {
  await until('every node knows exactly what it should', async () => {
    const all = await seats()
    for (const node of system.nodes) expect({ [node.name]: await toldTo(node) }).toEqual({ [node.name]: await shouldKnow(node, all) })
    return true
  })
}

const runsOn = (...names: readonly string[]) =>
  until(`it runs on ${names.join()}`, () =>
    system.nodes.every(({ name, machine }) => machine.running().length > 0 === names.includes(name)),
  )

describe('what nodes know of each other', () => {
  it('is every service of an application and every node of it, across clusters, and nothing else', async () => {
    await deployed('shop', service('web', at('c1', 'n1')), service('db', at('c2', 'n3')))
    await deployed('other', service('web', at('c2', 'n4')))
    await exact()
    const { tables, peers } = await toldTo(system.node('n1'))
    expect([Object.keys(tables).length, Object.keys(peers)]).toEqual([2, [system.node('n3').id]])
    expect(await toldTo(system.node('n2'))).toEqual({ tables: {}, peers: {} })
  })

  it('is what they ask for by address, whoever has it, until they cease to', async () => {
    const { web = '' } = await deployed('shop', service('web', at('c1', 'n1')))
    await uses('n4', web)
    await uses('n2', web)
    await exact()
    expect(Object.keys((await toldTo(system.node('n1'))).peers).sort()).toEqual([system.node('n2').id, system.node('n4').id].sort())
    const node = system.node('n4').unit
    await node.stop()
    await node.store.write((writer) => writer.remove({ name: 'overlay_interests', key: (id: string) => id }, web))
    asked.delete(`n4 ${web}`)
    await node.start()
    await exact()
    await admin.undeploy(web, 0)
    await admin.sees(web)
    await exact()
  })

  it('follows an instance that is moved, by order or because its node died', async () => {
    const { web = '', db = '' } = await deployed('shop', service('web', at('c1')), service('db', at('c2', 'n3')))
    const home = system.nodes.find(({ machine, name }) => machine.running().length > 0 && name !== 'n3')
    const [from, to] = home?.name === 'n1' ? ['n1', 'n2'] : ['n2', 'n1']
    await exact()
    await admin.ok('POST', `/api/service/${web}/instance/0/move`, { cluster: 'c1', node: to })
    await runsOn(to, 'n3')
    await exact()
    system.network.cut(system.node(to).id)
    await until('the other node has it', () => system.node(from).machine.running().length === 1)
    await until('its peer knows the new place', async () => {
      const { tables } = await toldTo(system.node('n3'))
      return (
        tables[web]?.join().includes(system.node(from).id) === true &&
        Object.keys((await toldTo(system.node('n3'))).peers).join() === system.node(from).id
      )
    })
    system.network.restore(system.node(to).id)
    await runsOn(from, 'n3')
    await exact()
    for (const id of [web, db]) await admin.undeploy(id, 0)
    await runsOn()
    await until('nobody is told anything any more', async () => {
      for (const node of system.nodes) expect(await toldTo(node)).toEqual({ tables: {}, peers: {} })
      return true
    })
  })

  it('changes within a cluster without root, and is made good when root is back', async () => {
    const { web = '' } = await deployed('shop', service('web', at('c1')), service('db', at('c2', 'n3')))
    await exact()
    const address = (await admin.service(web)).RR_ip
    await system.root.stop()
    const home = system.node('n1').machine.running().length > 0 ? 'n1' : 'n2'
    const other = home === 'n1' ? 'n2' : 'n1'
    await uses(other, web, address)
    const table = async () => (await toldTo(system.node(other))).tables[web]?.join()
    await until('who asks is told, without root', async () => (await table())?.includes(system.node(home).id) === true)
    system.network.cut(system.node(home).id)
    await until('the move is told, without root', async () => (await table())?.includes(system.node(other).id) === true)
    system.network.restore(system.node(home).id)
    await system.root.start()
    await system.connected()
    await admin.sees(web, 'RUNNING')
    await exact()
  })

  it('is the same after every process was started anew', async () => {
    const { web = '' } = await deployed('shop', service('web', at('c1', 'n1')), service('db', at('c2', 'n3')))
    await uses('n4', web)
    await exact()
    for (const { unit } of [...system.clusters, ...system.nodes]) await unit.restart()
    await system.root.restart()
    await system.connected()
    await exact()
    await admin.deploy(web)
    await admin.sees(web, 'RUNNING', 'RUNNING')
    await exact()
  })
})
