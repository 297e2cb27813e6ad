import { silentLogger } from '@oakestra/base'
import { seededRandom, VirtualClock } from '@oakestra/base/testing'
import type { Application, DesiredInstance, Service } from '@oakestra/model'
import { openSqliteStore, type Store, type Writer } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT_STORE_COLLECTIONS } from '../create-root.ts'
import { sampleService } from '../services-control/testing/sample-service.ts'
import { applications, instances, services } from '../state/collections.ts'
import { Isolation } from './isolation.ts'

const [WEB, DB, GUEST, OTHER] = ['1', '2', '3', '4'].map((digit) => digit.repeat(24)) as [string, string, string, string]
let store: Store
let clock: VirtualClock
let isolation: Isolation
let told: string[]

beforeEach(async () => {
  clock = new VirtualClock()
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_STORE_COLLECTIONS })
  start()
})
afterEach(async () => {
  await isolation[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

function start(): void {
  told = []
  const onInstances = (ids: readonly string[]) => void told.push(...ids)
  isolation = new Isolation({ store, onInstances, clock, random: seededRandom(1), logger: silentLogger })
  store.onCommit((changes) => isolation.committed(changes))
}

const write = (section: (writer: Writer) => Promise<unknown>) => store.write(section)

const application = (id: string, changes: Partial<Application> = {}) =>
  write((writer) =>
    writer.put(applications, { id, name: id, namespace: 'prod', description: '', owner: 'Ada', createdAtMs: 0, source: {}, ...changes }),
  )

function service(id: string, applicationId: string, connectivity?: readonly string[], changes: Partial<Service> = {}) {
  const made = sampleService()
  const descriptor = { ...made.descriptor, name: `s${id[0]}`, namespace: 'back', ...(connectivity && { connectivity }) }
  const names = { applicationName: applicationId, applicationNamespace: 'prod' }
  return write((writer) => writer.put(services, { ...made, id, applicationId, ...names, descriptor, ...changes }))
}

const instance = (id: string, serviceId: string) =>
  write((writer) => {
    const made: DesiredInstance = {
      id,
      serviceId,
      number: 0,
      addresses: { v4: '10.30.0.1', v6: 'fdff::1' },
      createdAtMs: 0,
      removing: false,
    }
    return writer.put(instances, made)
  })

/** Everything has been looked at. */
async function settled(): Promise<void> {
  await clock.advance(60)
  await isolation.idle()
}

async function admitsOf(serviceId: string): Promise<readonly string[] | undefined> {
  await settled()
  return (await store.read((reader) => reader.get(services, serviceId)))?.admits
}

describe('the services of an isolated application', () => {
  it('admit each other and those that their own descriptor names, by id or by full name', async () => {
    await application('shop', { isolated: true })
    await application('guests')
    await service(WEB, 'shop', [GUEST])
    await service(DB, 'shop', ['guests.prod.s4.back'])
    await service(GUEST, 'guests', [DB])
    await service(OTHER, 'guests')
    expect(await admitsOf(WEB)).toEqual([WEB, DB, GUEST])
    expect(await admitsOf(DB)).toEqual([WEB, DB, OTHER])
    expect(await admitsOf(GUEST)).toBeUndefined()
  })

  it('admit everybody again when it is isolated no more, and their clusters are told each time', async () => {
    await application('shop')
    await service(WEB, 'shop')
    await instance('i1', WEB)
    expect(await admitsOf(WEB)).toBeUndefined()
    expect(told).toEqual([])
    await application('shop', { isolated: true })
    expect(await admitsOf(WEB)).toEqual([WEB])
    await application('shop')
    expect(await admitsOf(WEB)).toBeUndefined()
    expect(told).toEqual(['i1', 'i1'])
  })

  it('admit a service from when there is one of the name until there is none', async () => {
    await application('shop', { isolated: true })
    await application('guests')
    await service(WEB, 'shop', ['guests.prod.s3.back'])
    expect(await admitsOf(WEB)).toEqual([WEB])
    await service(GUEST, 'guests')
    expect(await admitsOf(WEB)).toEqual([WEB, GUEST])
    await write((writer) => writer.remove(services, GUEST))
    expect(await admitsOf(WEB)).toEqual([WEB])
  })

  it('follow their descriptor, and admit a sibling that comes', async () => {
    await application('shop', { isolated: true })
    await application('guests')
    await service(GUEST, 'guests')
    await service(WEB, 'shop')
    expect(await admitsOf(WEB)).toEqual([WEB])
    await service(DB, 'shop')
    expect(await admitsOf(WEB)).toEqual([WEB, DB])
    await service(WEB, 'shop', [GUEST])
    expect(await admitsOf(WEB)).toEqual([WEB, DB, GUEST])
  })

  it('trust a name only with the same owner or in the same organization, and an id with anybody', async () => {
    await application('shop', { isolated: true, organizationId: 'o1' })
    await application('guests', { owner: 'Eve' })
    await service(GUEST, 'guests')
    await service(WEB, 'shop', ['guests.prod.s3.back'])
    await service(DB, 'shop', [GUEST])
    expect(await admitsOf(WEB)).toEqual([WEB, DB])
    expect(await admitsOf(DB)).toEqual([WEB, DB, GUEST])
    await application('guests', { owner: 'Eve', organizationId: 'o1' })
    expect(await admitsOf(WEB)).toEqual([WEB, DB, GUEST])
  })

  it('are seen to after a restart, also where it came between', async () => {
    await application('shop', { isolated: true })
    await service(WEB, 'shop')
    await settled()
    await isolation[Symbol.asyncDispose]()
    await application('shop')
    start()
    expect(await admitsOf(WEB)).toBeUndefined()
  })

  it('stay closed when their application is deleted before they are gone', async () => {
    await application('shop', { isolated: true })
    await service(WEB, 'shop', undefined, { removing: true })
    await settled()
    await write((writer) => writer.remove(applications, 'shop'))
    expect(await admitsOf(WEB)).toEqual([WEB])
  })
})
