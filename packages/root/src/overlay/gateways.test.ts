import { silentLogger } from '@oakestra/base'
import { seededIds, seededRandom, VirtualClock } from '@oakestra/base/testing'
import { Outbox, outboxEntries } from '@oakestra/session'
import { openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ROOT_STORE_COLLECTIONS } from '../create-root.ts'
import { sampleService } from '../services-control/testing/sample-service.ts'
import { clusters, services } from '../state/collections.ts'
import { Gateways } from './gateways.ts'

let store: Store
let clock: VirtualClock
let gateways: Gateways

beforeEach(async () => {
  clock = new VirtualClock()
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_STORE_COLLECTIONS })
  gateways = new Gateways({ store, outbox: await Outbox.open(store, seededIds(1)), clock, random: seededRandom(1), logger: silentLogger })
  store.onCommit((changes) => gateways.committed(changes))
})
afterEach(async () => {
  await gateways[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

const cluster = (id: string) => store.write((writer) => writer.put(clusters, { id, name: id, location: '', createdAtMs: 0 }))

const publish = (hostPort: number | undefined, removing = false) => {
  const { descriptor, ...service } = sampleService()
  const ports = [{ hostPort: hostPort ?? 0, containerPort: 80, protocol: 'tcp' as const }]
  const gateway = { ports, nodes: [], labels: ['edge=yes'] }
  return store.write((writer) =>
    writer.put(services, { ...service, id: 'web', removing, descriptor: { ...descriptor, ...(hostPort && { gateway }) } }),
  )
}

async function told(clusterId: string): Promise<readonly unknown[]> {
  await clock.advance(1_000)
  const entries = await store.read((reader) => reader.list(outboxEntries, { index: 'childId', equals: clusterId }))
  return entries.filter(({ removed }) => !removed).map(({ item }) => item.body)
}

it('every cluster is told what is published, also one that comes later', async () => {
  await cluster('c1')
  await publish(8080)
  expect(await told('c1')).toMatchObject([{ serviceId: 'web', ports: [{ hostPort: 8080 }], labels: ['edge=yes'] }])
  await cluster('c2')
  expect(await told('c2')).toEqual(await told('c1'))
})

it('what is changed, taken back or removed is told as well', async () => {
  await cluster('c1')
  await publish(8080)
  await publish(9090)
  expect(await told('c1')).toMatchObject([{ ports: [{ hostPort: 9090 }] }])
  await publish(undefined)
  expect(await told('c1')).toEqual([])
  await publish(8080)
  expect(await told('c1')).toHaveLength(1)
  await publish(8080, true)
  expect(await told('c1')).toEqual([])
})
