import { silentLogger } from '@oakestra/base'
import { seededIds, seededRandom, VirtualClock } from '@oakestra/base/testing'
import type { DesiredInstance, Service } from '@oakestra/model'
import { Outbox, outboxEntries } from '@oakestra/session'
import { openSqliteStore, type Store, type Writer } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT_STORE_COLLECTIONS } from '../create-root.ts'
import { sampleService } from '../services-control/testing/sample-service.ts'
import { addressClaims, clusters, instances, reports, services } from '../state/collections.ts'
import { Overlay } from './overlay.ts'
import { clusterInterests, forgetOverlayOf, knownPeers } from './overlay-records.ts'

let store: Store
let clock: VirtualClock
let overlay: Overlay

beforeEach(async () => {
  clock = new VirtualClock()
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_STORE_COLLECTIONS })
  for (const id of ['c1', 'c2', 'c3']) await write((writer) => writer.put(clusters, { id, name: id, location: '', createdAtMs: 0 }))
  await start()
})
afterEach(async () => {
  await overlay[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const write = <T>(section: (writer: Writer) => Promise<T>) => store.write(section)

async function start(): Promise<void> {
  const outbox = await Outbox.open(store, seededIds(1))
  overlay = new Overlay({ store, outbox, placed: () => 0, clock, random: seededRandom(1), logger: silentLogger })
  store.onCommit((changes) => overlay.committed(changes))
}

async function service(id: string, applicationId: string, replicas = 1): Promise<void> {
  const made: Service = { ...sampleService(), id, applicationId, replicas }
  await write((writer) => writer.put(services, made))
}

/** An instance that runs on a node of a cluster. */
async function seat(id: string, serviceId: string, nodeId: string, clusterId = `c${nodeId[1]}`): Promise<void> {
  const number = Number(id.replace(/\D/g, ''))
  const addresses = { v4: `10.30.0.${number}`, v6: `fdff::${number}` }
  const instance: DesiredInstance = { id, serviceId, number, addresses, createdAtMs: 0, clusterId, removing: false }
  const report = { instanceId: id, revision: 1, state: 'running', detail: '', restarts: 0, nodeId, clusterId } as const
  await write(async (writer) => {
    await writer.put(instances, instance)
    await writer.put(reports, report)
  })
}

const peer = (nodeId: string) =>
  write((writer) => {
    const endpoint = { address: '192.0.2.1', port: 50_103 }
    return writer.put(knownPeers, { nodeId, clusterId: `c${nodeId[1]}`, subnetV4: '10.18.0.0/26', subnetV6: 'fc00::/120', endpoint })
  })

const interest = (clusterId: string, serviceId: string, ...nodeIds: readonly string[]) =>
  write((writer) =>
    nodeIds.length > 0
      ? writer.put(clusterInterests, { clusterId, serviceId, nodeIds })
      : writer.remove(clusterInterests, `${clusterId} ${serviceId}`),
  )

/** What a cluster is told, once nothing changes any more. */
async function told(clusterId: string): Promise<Readonly<Record<string, unknown>>> {
  await clock.advance(1_000)
  const entries = await store.read((reader) => reader.list(outboxEntries, { index: 'childId', equals: clusterId }))
  return Object.fromEntries(entries.filter(({ removed }) => !removed).map(({ item }) => [item.id, item.body]))
}

const ids = async (clusterId: string) =>
  Object.keys(await told(clusterId))
    .sort()
    .join(' ')

describe('what root tells a cluster', () => {
  it('of a small application is every service of it, and the nodes of other clusters that have it', async () => {
    for (const node of ['n1', 'n2', 'n3']) await peer(node)
    await service('web', 'shop')
    await service('db', 'shop')
    await seat('i1', 'web', 'n1')
    await seat('i2', 'db', 'n2')
    expect(await ids('c1')).toBe('interest.web peer.n2 table.db table.web')
    const { 'table.db': db, 'table.web': web, 'interest.web': foreign } = await told('c1')
    expect(db).toMatchObject({ prefetch: true, instances: [{ instanceId: 'i2', nodeId: 'n2', v4: '10.30.0.2', ready: true }] })
    // Its own instances it knows itself.
    expect(web).toMatchObject({ prefetch: true, instances: [] })
    expect(foreign).toEqual({ serviceId: 'web', nodeIds: ['n2'] })
    expect(await ids('c3')).toBe('')
  })

  it('of a large application is what its nodes asked for', async () => {
    for (const node of ['n1', 'n2', 'n3']) await peer(node)
    await service('web', 'shop', 500)
    await seat('i1', 'web', 'n1')
    await seat('i2', 'web', 'n2')
    expect([await ids('c1'), await ids('c2')]).toEqual(['', ''])
    await interest('c3', 'web', 'n3')
    expect([await ids('c1'), await ids('c2'), await ids('c3')]).toEqual([
      'interest.web peer.n3',
      'interest.web peer.n3',
      'peer.n1 peer.n2 table.web',
    ])
    await interest('c3', 'web')
    expect([await ids('c1'), await ids('c2'), await ids('c3')]).toEqual(['', '', ''])
  })

  it('follows instances to other clusters, and forgets what a removed cluster said', async () => {
    for (const node of ['n1', 'n2', 'n3']) await peer(node)
    await service('web', 'shop', 500)
    await interest('c3', 'web', 'n3')
    await seat('i1', 'web', 'n1')
    expect(await ids('c3')).toBe('peer.n1 table.web')
    await seat('i1', 'web', 'n2')
    expect([await ids('c1'), await ids('c3')]).toEqual(['', 'peer.n2 table.web'])
    await write((writer) => forgetOverlayOf(writer, 'c2'))
    expect(await ids('c3')).toBe('table.web')
    await write((writer) => forgetOverlayOf(writer, 'c3'))
    expect([await ids('c2'), await ids('c3')]).toEqual(['', ''])
  })

  it('is not believed from one cluster about the nodes of another', async () => {
    for (const node of ['n1', 'n2']) await peer(node)
    await service('web', 'shop', 500)
    await seat('i1', 'web', 'n1')
    await interest('c3', 'web', 'n2')
    expect([await ids('c1'), await ids('c2'), await ids('c3')]).toEqual(['', '', ''])
  })

  it('is read from what it was told before, after a restart', async () => {
    for (const node of ['n1', 'n2']) await peer(node)
    await service('web', 'shop')
    await seat('i1', 'web', 'n1')
    await seat('i2', 'web', 'n2')
    const before = await told('c1')
    await overlay[Symbol.asyncDispose]()
    await write((writer) => writer.remove(instances, 'i2'))
    await start()
    expect(Object.keys(before)).toContain('peer.n2')
    expect(await ids('c1')).toBe('table.web')
  })
})

it('an address is that of its service, or of the service of its instance, as long as it is in use', async () => {
  await service('web', 'shop')
  await seat('i1', 'web', 'n1')
  await write(async (writer) => {
    for (const [address, ownerId] of [
      ['10.30.0.9', 'web'],
      ['fdff::1', 'i1'],
      ['10.30.0.8', 'c1'],
    ] as const)
      await writer.put(addressClaims, { address, ownerId })
    await writer.put(addressClaims, { address: '10.30.0.7', ownerId: 'web', freedAtMs: 0 })
  })
  const answers = ['10.30.0.9', 'FDFF:0::1', '10.30.0.8', '10.30.0.7', '10.30.0.6', 'web'].map((address) => overlay.resolve({ address }))
  expect((await Promise.all(answers)).map(({ serviceId }) => serviceId)).toEqual(['web', 'web', null, null, null, null])
})
