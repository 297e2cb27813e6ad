import { OakError } from '@oakestra/base'
import { seededIds } from '@oakestra/base/testing'
import type { DesiredInstance } from '@oakestra/model'
import { parseSla, type Sla } from '@oakestra/sla'
import { openSqliteStore, type Store, type Writer } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Actor } from '../accounts/actor.ts'
import { addressClaims, applications, instances, ROOT_COLLECTIONS, reports, services } from './collections.ts'
import { createApplications, deleteApplication } from './operations-applications.ts'
import { addInstance, forgetInstance, removeInstance } from './operations-instances.ts'
import { instancesOf, ownInstance, servicesOf } from './operations-ownership.ts'
import { addServices, deleteService } from './operations-services.ts'

const actor = (name: string, ...roles: Actor['roles']): Actor => ({ userId: `id-of-${name}`, name, roles, organizationId: 'o' })
const alice = actor('alice', 'Application_Provider')
const bob = actor('bob', 'Application_Provider')
const admin = actor('Admin', 'Admin')

let store: Store
let context: { ids: ReturnType<typeof seededIds>; nowMs: number; quietMs: number }
beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
  context = { ids: seededIds(), nowMs: 1_000, quietMs: 60_000 }
})
afterEach(() => store[Symbol.asyncDispose]())

const write = <T>(section: (writer: Writer) => Promise<T>) => store.write(section)

function sla(name: string, microservices: readonly object[] = [{}], applicationID = ''): Sla {
  const full = microservices.map((extra, index) => ({
    microservice_name: `s${index}`,
    microservice_namespace: 't',
    virtualization: 'container',
    code: 'nginx',
    ...extra,
  }))
  const parsed = parseSla({
    sla_version: 'v2.0',
    applications: [{ applicationID, application_name: name, application_namespace: 't', microservices: full }],
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.violations))
  return parsed.value
}

async function deploy(owner: Actor, name: string, microservices?: readonly object[]) {
  return write(async (writer) => {
    const [application] = await createApplications(writer, owner, sla(name, microservices), context)
    if (!application) throw new Error('no application')
    return { application, services: await servicesOf(writer, application.id) }
  })
}

async function oneService(owner: Actor = alice, extra: object = {}) {
  const { application, services: made } = await deploy(owner, 'app', [extra])
  const [service] = made
  if (!service) throw new Error('no service')
  return { application, service }
}

const add = (serviceId: string, who = alice) => write((writer) => addInstance(writer, who, serviceId, context))
const left = async (collection: typeof instances | typeof services | typeof reports | typeof applications | typeof addressClaims) =>
  store.read((reader) => reader.list<unknown>(collection as never))

describe('an application', () => {
  test('comes with its services, each with a round-robin pair of addresses', async () => {
    const { application, services: made } = await deploy(alice, 'pair', [{ addresses: { rr_ip: '10.30.77.10' } }, {}])
    expect(application).toMatchObject({ name: 'pair', owner: 'alice', createdAtMs: 1_000 })
    expect(made.map((service) => service.addresses)).toEqual([
      [{ policy: 'round-robin', v4: '10.30.77.10', v6: 'fdff:2000::1' }],
      [{ policy: 'round-robin', v4: '10.30.0.1', v6: 'fdff:2000::2' }],
    ])
  })

  test('has a closest pair only for services that ask for one', async () => {
    const { service } = await oneService(alice, { addresses: { closest_ip_v6: 'fdff:1000::9' } })
    expect(service.addresses).toMatchObject([{ policy: 'round-robin' }, { policy: 'closest', v4: '10.30.0.2', v6: 'fdff:1000::9' }])
  })

  test('has an address for each policy that its services ask for, at one time', async () => {
    const policies = {
      'round-robin': { v6: 'fdff:2000::55:55' },
      closest: true,
      sticky: { v4: '10.30.55.56' },
      fastest: true,
      'least-loaded': true,
    }
    const { service } = await oneService(alice, { addresses: { rr_ip: '10.30.55.55', policies } })
    expect(service.addresses).toEqual([
      { policy: 'round-robin', v4: '10.30.55.55', v6: 'fdff:2000::55:55' },
      { policy: 'closest', v4: '10.30.0.1', v6: 'fdff:1000::1' },
      { policy: 'least-loaded', v4: '10.30.0.2', v6: 'fdff:3000::1' },
      { policy: 'fastest', v4: '10.30.0.3', v6: 'fdff:5000::1' },
      { policy: 'sticky', v4: '10.30.55.56', v6: 'fdff:6000::1' },
    ])
    const clash = deploy(alice, 'clash', [{ addresses: { policies: { closest: { v4: '10.30.55.56' } } } }])
    await expect(clash).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('10.30.55.56 belongs to service app') })
  })

  test('of a name that its owner has already is refused; another user may have it', async () => {
    await deploy(alice, 'pair')
    await expect(deploy(alice, 'pair')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('pair') })
    await deploy(bob, 'pair')
  })

  test('is created whole or not at all', async () => {
    await oneService(bob, { addresses: { rr_ip: '10.30.5.5' } })
    const clash = deploy(alice, 'clash', [{}, { addresses: { rr_ip: '10.30.5.5' } }])
    await expect(clash).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('app.t.s0.t') })
    expect(await left(applications)).toHaveLength(1)
    expect(await left(services)).toHaveLength(1)
  })

  test('that is deleted is gone at once when nothing runs, and its name and addresses are free', async () => {
    const { application } = await oneService(alice, { addresses: { rr_ip: '10.30.5.5' } })
    await write((writer) => deleteApplication(writer, alice, application.id, 2_000))
    expect([await left(applications), await left(services)]).toEqual([[], []])
    await oneService(alice, { addresses: { rr_ip: '10.30.5.5' } })
  })

  test('of somebody else does not exist, except for Admins', async () => {
    const { application } = await oneService(alice)
    const remove = (who: Actor) => write((writer) => deleteApplication(writer, who, application.id, 2_000))
    await expect(remove(bob)).rejects.toMatchObject({ code: 'not-found' })
    await remove(admin)
  })
})

describe('services', () => {
  test('keep the order of their document, and those added later follow', async () => {
    let left = 100
    context.ids.next = () => String((left -= 1)).padStart(24, '0')
    const { application } = await deploy(alice, 'app', [{}, {}, {}])
    await write((writer) => addServices(writer, alice, sla('app', [{ microservice_name: 'last' }], application.id), context))
    const listed = await store.read((reader) => servicesOf(reader, application.id))
    expect(listed.map(({ descriptor }) => descriptor.name)).toEqual(['s0', 's1', 's2', 'last'])
  })

  test('are added to the application a document names', async () => {
    const { application } = await oneService()
    const added = await write((writer) => addServices(writer, alice, sla('app', [{ microservice_name: 'more' }], application.id), context))
    expect(added).toMatchObject([{ applicationName: 'app', descriptor: { name: 'more' } }])
  })

  test('need a document that names one, of theirs', async () => {
    const { application } = await oneService()
    const addTo = (who: Actor, id: string) =>
      write((writer) => addServices(writer, who, sla('app', [{ microservice_name: 'x' }], id), context))
    await expect(addTo(alice, '')).rejects.toMatchObject({ code: 'bad-request' })
    await expect(addTo(bob, application.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of one name are refused', async () => {
    const { application } = await oneService()
    await expect(write((writer) => addServices(writer, alice, sla('app', [{}], application.id), context))).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  test('that are privileged need a role that may', async () => {
    await expect(oneService(alice, { privileged: true })).rejects.toMatchObject({ code: 'forbidden' })
    await oneService(actor('op', 'Infrastructure_Provider'), { privileged: true })
  })

  test('that are being removed are hidden and block neither their name nor an address that is wanted', async () => {
    const wanted = { addresses: { rr_ip: '10.30.5.5' } }
    const { application, service } = await oneService(alice, wanted)
    const instance = await add(service.id)
    await write((writer) => deleteService(writer, alice, service.id, 2_000))
    await expect(add(service.id)).rejects.toMatchObject({ code: 'not-found' })
    const [again] = await write((writer) => addServices(writer, alice, sla('app', [wanted], application.id), context))
    expect(again?.addresses[0]?.v4).toBe('10.30.5.5')
    await write((writer) => forgetInstance(writer, instance.id, 3_000))
    expect(await left(services)).toMatchObject([{ id: again?.id }])
    await expect(oneService(bob, wanted)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('instances', () => {
  test('have numbers that only grow, and addresses for life', async () => {
    const { service } = await oneService()
    const first = await add(service.id)
    const second = await add(service.id)
    expect([first, second]).toMatchObject([
      { number: 0, removing: false, addresses: { v4: '10.30.0.2', v6: 'fdff::1' } },
      { number: 1, addresses: { v4: '10.30.0.3', v6: 'fdff::2' } },
    ])
    await write((writer) => removeInstance(writer, alice, service.id, 1))
    await write((writer) => forgetInstance(writer, second.id, 0))
    expect((await add(service.id)).number).toBe(2)
  })

  test('that are asked for at the same time get different numbers', async () => {
    const { service } = await oneService()
    const made = await Promise.all(Array.from({ length: 20 }, () => add(service.id)))
    expect(new Set(made.map((instance) => instance.number)).size).toBe(20)
  })

  test('end one by one, or all with -1', async () => {
    const { service } = await oneService()
    for (let count = 0; count < 4; count += 1) await add(service.id)
    const removing = async () =>
      (await store.read((reader) => instancesOf(reader, service.id))).filter((one) => one.removing).map((one) => one.number)
    await write((writer) => removeInstance(writer, alice, service.id, 2))
    expect(await removing()).toEqual([2])
    await write((writer) => removeInstance(writer, alice, service.id, -1))
    expect(await removing()).toEqual([0, 1, 2, 3])
  })

  test('that were removed may be removed again; numbers nobody had are refused', async () => {
    const { service } = await oneService()
    const instance = await add(service.id)
    const remove = (number: number) => write((writer) => removeInstance(writer, alice, service.id, number))
    await remove(0)
    await remove(0)
    await write((writer) => forgetInstance(writer, instance.id, 0))
    await remove(0)
    await expect(remove(1)).rejects.toMatchObject({ code: 'not-found' })
    await expect(remove(-2)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of somebody else do not exist', async () => {
    const { service } = await oneService()
    await add(service.id)
    for (const section of [
      (writer: Writer) => addInstance(writer, bob, service.id, context),
      (writer: Writer) => removeInstance(writer, bob, service.id, -1),
      (writer: Writer) => deleteService(writer, bob, service.id, 0),
      (writer: Writer) => ownInstance(writer, bob, service.id, 0),
    ]) {
      await expect(write<unknown>(section)).rejects.toBeInstanceOf(OakError)
    }
    expect(await left(instances)).toMatchObject([{ removing: false }])
  })
})

describe('forgetting an instance', () => {
  const report = (instance: DesiredInstance) =>
    write((writer) =>
      writer.put(reports, { instanceId: instance.id, clusterId: 'c', revision: 1, state: 'running', detail: '', restarts: 0 }),
    )

  test('leaves nothing of it', async () => {
    const { service } = await oneService()
    const instance = await add(service.id)
    await report(instance)
    await write((writer) => forgetInstance(writer, instance.id, 2_000))
    expect([await left(instances), await left(reports)]).toEqual([[], []])
    const claims = await store.read((reader) => reader.list(addressClaims, { index: 'ownerId', equals: instance.id }))
    expect(claims).toMatchObject([{ address: instance.addresses.v4, freedAtMs: 2_000 }])
    expect(await left(services)).toHaveLength(1)
  })

  test('removes the service that was deleted with its last instance', async () => {
    const { application, service } = await oneService()
    const both = [await add(service.id), await add(service.id)]
    await write((writer) => deleteApplication(writer, alice, application.id, 2_000))
    const [first, second] = both
    if (!first || !second) throw new Error('no instances')
    await write((writer) => forgetInstance(writer, first.id, 2_000))
    expect(await left(services)).toMatchObject([{ removing: true }])
    await write((writer) => forgetInstance(writer, second.id, 2_000))
    expect(await left(services)).toEqual([])
    const inUse = (await left(addressClaims)).filter((claim) => !(claim as { freedAtMs?: number }).freedAtMs)
    expect(inUse).toEqual([])
  })

  test('twice is no error, and takes a stray report with it', async () => {
    const { service } = await oneService()
    const instance = await add(service.id)
    await write((writer) => forgetInstance(writer, instance.id, 0))
    await report(instance)
    await write((writer) => forgetInstance(writer, instance.id, 0))
    expect(await left(reports)).toEqual([])
  })
})
