import { recordingLogger, VirtualClock } from '@oakestra/base/testing'
import type { DesiredInstance, ObservedInstance } from '@oakestra/model'
import type { Store, Writer } from '@oakestra/store'
import { beforeEach, describe, expect, test } from 'vitest'
import { openRootStore } from '../api/testing/api-fixture.ts'
import { customObjects } from '../custom-resources/custom-resource.ts'
import { type Hook, hooks } from '../hooks/hook.ts'
import { applications, clusters, facts, instances, organizations, reports, services, users } from '../state/collections.ts'
import { events, type StoredEvent } from './events.ts'
import { recordEvent } from './record-event.ts'
import { RecordingStore, storeAs } from './recording-store.ts'
import { application, instance, report, service } from './testing/documents.ts'

let inner: Store
let clock: VirtualClock
let store: RecordingStore

beforeEach(async () => {
  inner = await openRootStore()
  clock = new VirtualClock()
  store = await RecordingStore.open({ store: inner, clock, logger: recordingLogger() })
  return () => store[Symbol.asyncDispose]()
})

/** The events of one section, as far as tests look. */
async function eventsOf(section: (writer: Writer) => Promise<void>, through: Store = store): Promise<StoredEvent[]> {
  const heard: StoredEvent[] = []
  const leave = store.log.subscribe((all) => heard.push(...all))
  await through.write(section)
  leave()
  const kept = await store.read((reader) => reader.list(events))
  expect(kept.slice(kept.length - heard.length)).toEqual(heard)
  return heard
}

const kindsOf = (all: readonly StoredEvent[]) => all.map(({ kind }) => kind)

async function present(): Promise<void> {
  await store.write(async (writer) => {
    await writer.put(clusters, { id: 'c', name: 'munich', location: '', createdAtMs: 0 })
    await writer.put(applications, application())
    await writer.put(services, service())
  })
}

async function stepsOf(...steps: readonly (DesiredInstance | ObservedInstance)[]): Promise<StoredEvent[]> {
  await present()
  const all: StoredEvent[] = []
  for (const step of steps) {
    all.push(
      ...(await eventsOf((writer) =>
        'serviceId' in step ? writer.put(instances, step) : writer.put(reports, { ...step, clusterId: 'c' }),
      )),
    )
  }
  return all
}

describe('an event', () => {
  test('is there exactly when the change is', async () => {
    const failing = store.write(async (writer) => {
      await writer.put(applications, application())
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await store.read((reader) => reader.count(events))).toBe(0)
    expect(kindsOf(await eventsOf((writer) => writer.put(applications, application())))).toEqual(['application.created'])
  })

  test('tells of a section as a whole, whatever happened within it', async () => {
    const twice = await eventsOf(async (writer) => {
      await writer.put(applications, application())
      await writer.put(applications, { ...application(), description: 'more' })
    })
    expect(kindsOf(twice)).toEqual(['application.created'])
    const nothing = await eventsOf(async (writer) => {
      await writer.remove(applications, 'a')
      await writer.put(applications, { ...application(), description: 'more' })
    })
    expect(nothing).toEqual([])
  })

  test('is no more than one when nothing changed, and none for what nobody watches', async () => {
    await present()
    expect(await eventsOf((writer) => writer.put(services, service()))).toEqual([])
    expect(await eventsOf((writer) => writer.put(facts, { key: 'k', value: 'v' }))).toEqual([])
  })

  test('names who did it: the view, else the speaker, else root itself', async () => {
    const by = { kind: 'user', id: 'u', name: 'alice' } as const
    expect(await eventsOf((writer) => writer.put(applications, application()), storeAs(store, by))).toMatchObject([{ actor: by }])
    expect(await eventsOf((writer) => writer.put(applications, { ...application(), name: 'b' }))).toMatchObject([
      { actor: { kind: 'system' }, details: { changed: ['name'] } },
    ])
    const own = { kind: 'setting.changed', object: { type: 'setting', id: 's' } } as const
    expect(await eventsOf(async (writer) => recordEvent(writer, own), storeAs(store, by))).toMatchObject([{ actor: by }])
    const named = { ...own, actor: { kind: 'node', id: 'n' } } as const
    expect(await eventsOf(async (writer) => recordEvent(writer, named), storeAs(store, by))).toMatchObject([{ actor: { id: 'n' } }])
  })

  test('is dropped by a store that keeps none', async () => {
    await inner.write(async (writer) => recordEvent(writer, { kind: 'setting.changed', object: { type: 'setting', id: 's' } }))
    expect(storeAs(inner, { kind: 'system' })).toBe(inner)
    expect(await store.read((reader) => reader.count(events))).toBe(0)
  })

  test('has an id that only grows, over a clock that is set back and a restart', async () => {
    clock.jumpWall(5_000_000 - clock.wallMs())
    const [first] = await eventsOf((writer) => writer.put(applications, application()))
    clock.jumpWall(-4_000_000)
    const [second] = await eventsOf((writer) => writer.remove(applications, 'a'))
    const again = await RecordingStore.open({ store: inner, clock, logger: recordingLogger() })
    await again.write((writer) => writer.put(applications, application()))
    const ids = (await inner.read((reader) => reader.list(events))).map(({ id }) => id)
    expect(ids).toEqual([first?.id, second?.id, '0000005000000002'])
    expect(first?.id).toBe('0000005000000000')
  })

  test('is bounded, whatever it repeats', async () => {
    const long = 'x'.repeat(100_000)
    const [event] = await eventsOf(async (writer) =>
      recordEvent(writer, {
        kind: 'setting.changed',
        object: { type: 'setting', id: 's' },
        reason: long,
        details: { long, list: Array.from({ length: 1_000 }, () => long) },
      }),
    )
    expect(JSON.stringify(event).length).toBeLessThan(30_000)
  })
})

describe('events of an instance', () => {
  test('tell its way from the wish to the process, each with the change of status that came with it', async () => {
    const told = await stepsOf(
      instance(),
      instance({ clusterId: 'c' }),
      report({ state: 'node-scheduled', nodeId: 'n', nodeName: 'edge' }),
      report({ state: 'creating', nodeId: 'n', nodeName: 'edge' }),
      report({ state: 'running', nodeId: 'n', nodeName: 'edge' }),
    )
    expect(told.map(({ kind, actor, details }) => [kind, actor.kind, details])).toEqual([
      ['instance.created', 'system', { to: 'REQUESTED' }],
      ['instance.placed', 'system', { from: 'REQUESTED', to: 'CLUSTER_SCHEDULED', cluster: 'munich' }],
      ['instance.assigned', 'cluster', { from: 'CLUSTER_SCHEDULED', to: 'NODE_SCHEDULED', node: 'edge' }],
      ['instance.status', 'node', { from: 'NODE_SCHEDULED', to: 'CREATING' }],
      ['instance.status', 'node', { from: 'CREATING', to: 'RUNNING' }],
    ])
    expect(told.at(-1)).toMatchObject({
      object: { type: 'instance', id: 'i', name: 'shop.t.web.t.3' },
      applicationId: 'a',
      serviceId: 's',
      instanceNumber: 3,
      clusterId: 'c',
      nodeId: 'n',
      owner: 'alice',
    })
  })

  test('tell why it ended, and that it was started again', async () => {
    const at = { nodeId: 'n', nodeName: 'edge' }
    const told = await stepsOf(
      instance({ clusterId: 'c' }),
      report({ state: 'running', ...at }),
      report({ state: 'dead', detail: 'it exited', exitCode: 3, ...at }),
      report({ state: 'running', restarts: 1, exitCode: 3, ...at }),
      report({ state: 'running', restarts: 1, exitCode: 3, health: 'unhealthy', ...at }),
    )
    expect(told.slice(2).map(({ kind, reason, details }) => [kind, reason, details])).toEqual([
      ['instance.status', 'it exited', { from: 'RUNNING', to: 'DEAD', exitCode: 3 }],
      ['instance.restarted', undefined, { from: 'DEAD', to: 'RUNNING', restarts: 1, exitCode: 3 }],
      ['instance.health', undefined, { health: 'unhealthy', before: null }],
    ])
  })

  test('tell a rejection once, not each time its numbers differ', async () => {
    const rejection = (detail: string) => ({ word: 'NO_WORKER_CAPACITY' as const, detail, candidates: [] })
    const told = await stepsOf(
      instance({ rejection: rejection('needs 100 MiB, has 50 MiB') }),
      instance({ rejection: rejection('needs 100 MiB, has 49 MiB') }),
      instance({ rejection: rejection('no node has a GPU') }),
    )
    expect(told.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['instance.created', undefined],
      ['instance.rejected', 'no node has a GPU'],
    ])
  })

  test('say nothing of what a cluster tells that it has left', async () => {
    expect(kindsOf(await stepsOf(instance({ clusterId: 'other' }), report({ state: 'dead', nodeId: 'n' })))).toEqual(['instance.created'])
  })

  test('go on when its service and its application are gone, and still say whose it was', async () => {
    await stepsOf(instance({ clusterId: 'c' }))
    await store.write((writer) => writer.remove(applications, 'a'))
    const told = await eventsOf(async (writer) => {
      await writer.remove(instances, 'i')
      await writer.remove(services, 's')
    })
    expect(told).toMatchObject([
      { kind: 'service.removed', owner: 'alice' },
      { kind: 'instance.removed', owner: 'alice', object: { name: 'shop.t.web.t.3' } },
    ])
  })
})

describe('events', () => {
  test('of a service tell its revisions, its size and its updates', async () => {
    await present()
    const steps = [
      { ...service(), revision: 2, made: { createdAtMs: 0, reason: 'alice changed it' } },
      { ...service(), revision: 2, replicas: 3 },
      {
        ...service(),
        revision: 2,
        replicas: 3,
        rollout: { toRevision: 2, fromRevision: 1, state: 'failed' as const, startedAtMs: 0, detail: 'it did not start' },
      },
      { ...service(), removing: true },
    ]
    const told: StoredEvent[] = []
    for (const step of steps) told.push(...(await eventsOf((writer) => writer.put(services, step))))
    expect(told.map(({ kind, reason, details }) => [kind, reason, details])).toEqual([
      ['service.revised', 'alice changed it', { revision: 2, before: 1 }],
      ['service.scaled', undefined, { replicas: 3, before: null }],
      ['service.rollout', 'it did not start', { state: 'failed', revision: 2 }],
      ['service.removing', undefined, undefined],
    ])
  })

  test('of a cluster tell what operators decide and what it can do', async () => {
    await present()
    const cluster = { id: 'c', name: 'munich', location: '', createdAtMs: 0 }
    const told = [
      ...(await eventsOf((writer) => writer.put(clusters, { ...cluster, lastSeenAtMs: 5 }))),
      ...(await eventsOf((writer) => writer.put(clusters, { ...cluster, cordoned: true, labels: ['a=b'] }))),
      ...(await eventsOf((writer) => writer.put(clusters, { ...cluster, cordoned: true, labels: ['a=b'], removing: true }))),
      ...(await eventsOf((writer) => writer.remove(clusters, 'c'))),
    ]
    expect(told.map(({ kind, details }) => [kind, details])).toEqual([
      ['cluster.changed', { cordoned: true, labels: ['a=b'] }],
      ['cluster.removing', undefined],
      ['cluster.removed', undefined],
    ])
  })

  test('of accounts hold no secret', async () => {
    const user = { id: 'u', name: 'alice', email: 'a@example.org', passwordHash: 'scrypt-1', createdAtMs: 0, mustChangePassword: false }
    const organization = { id: 'o', name: 'lab', members: [] }
    const member = { userId: 'u', roles: ['Application_Provider' as const] }
    const told = [
      ...(await eventsOf((writer) => writer.put(users, user))),
      ...(await eventsOf((writer) => writer.put(users, { ...user, passwordHash: 'scrypt-2' }))),
      ...(await eventsOf((writer) => writer.put(organizations, organization))),
      ...(await eventsOf((writer) => writer.put(organizations, { ...organization, members: [member] }))),
      ...(await eventsOf((writer) => writer.put(organizations, organization))),
      ...(await eventsOf((writer) => writer.remove(users, 'u'))),
    ]
    expect(told.map(({ kind, details }) => [kind, details])).toEqual([
      ['user.created', undefined],
      ['user.password', undefined],
      ['organization.created', undefined],
      ['organization.member', { userId: 'u', roles: ['Application_Provider'] }],
      ['organization.member', { userId: 'u', roles: null }],
      ['user.removed', undefined],
    ])
    expect(JSON.stringify(told)).not.toContain('scrypt')
  })

  test('of hooks and custom resources tell who has them, and neither secrets nor contents', async () => {
    const hook = {
      id: 'h',
      name: 'audit',
      url: 'http://h.test',
      entity: 'services',
      events: ['post_create'],
      secret: 'signed',
      dropped: 0,
    } as const
    const kept: Hook = { ...hook, onFailure: 'open', timeoutMs: 1, createdAtMs: 0 }
    const thing = { id: 'x', type: 'lamp', owner: 'alice', version: 1, body: { token: 'hidden' }, createdAtMs: 0 }
    const told = [
      ...(await eventsOf((writer) => writer.put(hooks, kept))),
      ...(await eventsOf((writer) => writer.put(hooks, { ...kept, dropped: 5 }))),
      ...(await eventsOf((writer) => writer.put(hooks, { ...kept, secret: 'other' }))),
      ...(await eventsOf((writer) => writer.put(customObjects, thing))),
      ...(await eventsOf((writer) => writer.put(customObjects, { ...thing, version: 2, body: {} }))),
      ...(await eventsOf((writer) => writer.remove(customObjects, 'x'))),
    ]
    expect(told.map(({ kind, owner, details }) => [kind, owner, details])).toEqual([
      ['hook.created', undefined, { entity: 'services', events: ['post_create'] }],
      ['hook.changed', undefined, { changed: ['secret'] }],
      ['custom-resource.created', 'alice', { type: 'lamp' }],
      ['custom-resource.changed', 'alice', { type: 'lamp' }],
      ['custom-resource.removed', 'alice', { type: 'lamp' }],
    ])
    expect(JSON.stringify(told)).not.toMatch(/signed|hidden/)
  })
})
