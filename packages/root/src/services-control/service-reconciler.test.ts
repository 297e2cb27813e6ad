import { recordingLogger, seededIds, VirtualClock } from '@oakestra/base/testing'
import type { ObservedInstance, Service } from '@oakestra/model'
import { openSqliteStore, type Store } from '@oakestra/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Actor } from '../accounts/actor.ts'
import { applications, facts, instances, ROOT_COLLECTIONS, reports, services } from '../state/collections.ts'
import { addInstance, forgetInstance, removeInstance } from '../state/operations-instances.ts'
import { instancesOf } from '../state/operations-ownership.ts'
import { updateService } from '../state/operations-updates.ts'
import { ServiceReconciler } from './service-reconciler.ts'
import { sampleDescriptor, sampleService } from './testing/sample-service.ts'

const admin: Actor = { userId: 'u', name: 'Admin', roles: ['Admin'], organizationId: 'o' }
const NEVER = new AbortController().signal
const CLUSTER = 'c'

let store: Store
let clock: VirtualClock
let connected: Set<string>
const ids = seededIds()
const logger = recordingLogger()

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
  clock = new VirtualClock()
  connected = new Set([CLUSTER])
  const application = { id: 'a', name: 'shop', namespace: 't', description: '', owner: 'Admin', createdAtMs: 0, source: {} }
  await store.write((writer) => writer.put(applications, application))
})
afterEach(() => store[Symbol.asyncDispose]())

const newReconciler = () => new ServiceReconciler({ store, connected: () => connected, clock, ids, logger })
const context = () => ({ ids, nowMs: clock.wallMs(), quietMs: 0 })
const keep = (changes: Partial<Service>) => store.write((writer) => writer.put(services, sampleService(changes)))
const service = () => store.read(async (reader) => (await reader.get(services, 's')) ?? sampleService())
const own = () => store.read((reader) => instancesOf(reader, 's'))
const present = async () => (await own()).filter(({ removing }) => !removing)

/** What a cluster says that has every instance and runs it, unless something else is said. */
async function report(changes: Partial<ObservedInstance> = {}): Promise<void> {
  await store.write(async (writer) => {
    for (const { id, revision = 1, ...instance } of await instancesOf(writer, 's')) {
      await writer.put(instances, { ...instance, id, revision, clusterId: CLUSTER })
      const seen = { instanceId: id, revision, state: 'running', detail: '', restarts: 0 } as const
      await writer.put(reports, { ...seen, ...changes, clusterId: CLUSTER })
    }
  })
}

const update = (code: string, policy: object = {}) =>
  store.write(async (writer) => {
    const descriptor = sampleDescriptor({ code, update: { min_ready: 1, deadline: 60, ...policy } })
    await updateService(writer, admin, (await writer.get(services, 's')) ?? sampleService(), descriptor, clock.wallMs())
  })

/** Runs it until it has nothing to do at once. */
async function settle(reconciler: ServiceReconciler): Promise<void> {
  for (let before: unknown; JSON.stringify(before) !== JSON.stringify(await everything()); ) {
    before = await everything()
    await reconciler.reconcile('s', NEVER)
  }
}
const everything = async () => [await service(), await own()]

const revisions = async () => (await own()).map(({ revision }) => revision)

describe('a declared number of instances', () => {
  it('is made so in transactions of bounded size, with numbers of their own', async () => {
    await keep({ replicas: 1_000 })
    let largest = 0
    store.onCommit((changes) => {
      largest = Math.max(largest, changes.filter(({ collection }) => collection === instances.name).length)
    })
    await newReconciler().reconcile('s', NEVER)
    const numbers = (await own()).map(({ number }) => number)
    expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, number) => number))
    expect(largest).toBe(100)
    expect(await service()).toMatchObject({ nextInstanceNumber: 1_000 })
    await keep({ ...(await service()), replicas: 10 })
    await newReconciler().reconcile('s', NEVER)
    expect((await present()).map(({ number }) => number)).toEqual(numbers.slice(0, 10))
  })

  it('is met whoever else adds and ends instances at the same time; no number is given twice', async () => {
    await keep({ replicas: 30 })
    const reconciler = newReconciler()
    const add = () => store.write((writer) => addInstance(writer, admin, 's', context()))
    const users = [add(), add(), reconciler.reconcile('s', NEVER), add(), reconciler.reconcile('s', NEVER), add()]
    await Promise.all(users)
    await store.write((writer) => removeInstance(writer, admin, 's', 3))
    await settle(reconciler)
    const numbers = (await own()).map(({ number }) => number)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(await present()).toHaveLength(33)
    await store.write((writer) => removeInstance(writer, admin, 's', -1))
    await settle(reconciler)
    expect(await present()).toEqual([])
  })

  it('keeps what could be had when addresses run out, and says what it waits for', async () => {
    // Three addresses before the last one.
    const pointer = String(10 * 2 ** 24 + 30 * 2 ** 16 + 255 * 256 + 252)
    await store.write((writer) => writer.put(facts, { key: 'address-pointer/v4', value: pointer }))
    await keep({ replicas: 10 })
    const reconciler = newReconciler()
    expect(await reconciler.reconcile('s', NEVER)).toMatchObject({ state: 'waiting', on: expect.stringContaining('10.30.0.0/16') })
    expect(await own()).toHaveLength(3)
    await store.write(async (writer) => forgetInstance(writer, (await instancesOf(writer, 's'))[0]?.id ?? '', 0))
    await reconciler.reconcile('s', NEVER)
    expect(await own()).toHaveLength(3)
  })

  it('does not bring instances back to a service that is being removed', async () => {
    await keep({ replicas: 3, removing: true })
    expect(await newReconciler().reconcile('s', NEVER)).toEqual({ state: 'settled' })
    expect(await own()).toEqual([])
  })
})

describe('an update', () => {
  async function running(count: number): Promise<ServiceReconciler> {
    await keep({ replicas: count })
    const reconciler = newReconciler()
    await settle(reconciler)
    await report()
    return reconciler
  }

  it('goes from instance to instance with what their clusters say', async () => {
    const reconciler = await running(3)
    await update('v2')
    for (const after of [
      [2, 1, 1],
      [2, 2, 1],
      [2, 2, 2],
    ]) {
      await settle(reconciler)
      expect(await revisions()).toEqual(after)
      await report()
      await settle(reconciler)
      await clock.advance(1_000)
    }
    await settle(reconciler)
    expect(await service()).toMatchObject({ rollout: { state: 'done', detail: 'revision 2 is everywhere' } })
  })

  it('wants to hear of the instances it waits for, and of no others', async () => {
    const reconciler = await running(2)
    const [first, second] = await own()
    expect(reconciler.waitingFor(first?.id ?? '')).toBeUndefined()
    await update('v2')
    await settle(reconciler)
    expect([reconciler.waitingFor(first?.id ?? ''), reconciler.waitingFor(second?.id ?? '')]).toEqual(['s', undefined])
  })

  it('goes back to what was proven, with the reason in the history', async () => {
    const reconciler = await running(2)
    await update('bad')
    await settle(reconciler)
    const [first] = await own()
    await store.write(async (writer) => {
      const said = await writer.get(reports, first?.id ?? '')
      if (said) await writer.put(reports, { ...said, revision: 2, state: 'dead', strikes: 3, detail: 'exited with code 1' })
    })
    await settle(reconciler)
    expect(await service()).toMatchObject({
      revision: 3,
      descriptor: { image: 'v1' },
      made: { reason: 'revision 2 failed: instance 0 failed: exited with code 1; back to revision 1' },
    })
    expect(await revisions()).toEqual([3, 1])
    await report()
    await settle(reconciler)
    await clock.advance(1_000)
    await settle(reconciler)
    expect(await service()).toMatchObject({ rollout: { state: 'rolled-back' } })
    expect(logger.lines.map(({ message }) => message)).toContain('an update of a service failed')
  })

  it('proves an instance with the time it was ready before root was restarted', async () => {
    await running(2).then(settle)
    await update('v2', { min_ready: 30 })
    const before = newReconciler()
    await settle(before)
    await report()
    await settle(before)
    await clock.advance(29_000)
    const after = newReconciler()
    await settle(after)
    expect(await revisions()).toEqual([2, 1])
    await clock.advance(1_000)
    await settle(after)
    expect(await revisions()).toEqual([2, 2])
  })

  it('does not fail for time in which its cluster was away, root was not there, or the wall clock jumped', async () => {
    const reconciler = await running(1)
    await update('v2')
    await settle(reconciler)
    clock.jumpWall(3_600_000)
    await settle(reconciler)
    expect(await service()).toMatchObject({ rollout: { state: 'rolling' } })
    connected.delete(CLUSTER)
    await clock.advance(300_000)
    await settle(reconciler)
    expect(await service()).toMatchObject({ rollout: { state: 'rolling' } })
    connected.add(CLUSTER)
    const again = newReconciler()
    await settle(again)
    await clock.advance(59_000)
    await settle(again)
    expect(await service()).toMatchObject({ rollout: { state: 'rolling' } })
    await clock.advance(1_000)
    await settle(again)
    expect(await service()).toMatchObject({ rollout: { givenUp: { revision: 2 } } })
  })

  it('does not listen to a cluster that the instance has left', async () => {
    const reconciler = await running(2)
    await update('v2')
    await settle(reconciler)
    await report()
    await store.write(async (writer) => {
      for (const instance of await instancesOf(writer, 's')) await writer.put(instances, { ...instance, clusterId: 'other' })
    })
    connected.add('other')
    await settle(reconciler)
    await clock.advance(5_000)
    await settle(reconciler)
    expect(await revisions()).toEqual([2, 1])
  })
})
