import { until } from '@oakestra/base/testing'
import { createMemoryStore, type MemoryStore } from '@oakestra/store/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type System, startSystem } from './start-system.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'

let system: System
let admin: ApiUser
let store: MemoryStore

beforeEach(async () => {
  system = await startSystem({ clusters: { c1: ['n1'] }, surroundings: withBackups() })
  admin = await system.admin()
})
afterEach(() => system[Symbol.asyncDispose]())

/** A world whose cluster has a store that can be put back. */
function withBackups(): Surroundings {
  const real = realSurroundings({})
  return {
    ...real,
    openStore: async (name, collections) => {
      if (name !== 'c1') return real.openStore(name, collections)
      store = createMemoryStore({ collections })
      return store
    },
  }
}

interface Unclaimed {
  readonly instance_id: string
  readonly instance_number: number
  readonly job_name: string
  readonly cluster_id: string
  readonly cluster_name: string
  readonly node_id: string
  readonly reason: string
}

const starts = () => system.nodes.flatMap(({ machine }) => machine.starts.map(({ id }) => id)).toSorted()
const running = () => system.nodes.flatMap(({ machine }) => machine.running()).toSorted()
const unclaimed = () => admin.ok<readonly Unclaimed[]>('GET', '/api/unclaimed')
const at = ({ cluster_id, instance_id }: Unclaimed) => `/api/unclaimed/${cluster_id}/${instance_id}`

describe('a cluster that is put back to a backup', () => {
  it('lets root list what nobody is known to want, and have it adopted or ended', async () => {
    const [cluster] = system.clusters
    if (!cluster) throw new Error('there is no cluster')
    const backup = store.snapshot()
    const { web: id = '' } = await admin.createApplication('shop', [{ microservice_name: 'web', code: 'fake://run', memory: 50, vcpus: 1 }])
    for (let made = 0; made < 3; made += 1) await admin.deploy(id)
    await admin.sees(id, 'RUNNING', 'RUNNING', 'RUNNING')
    const before = { starts: starts(), running: running() }
    await cluster.unit.stop()
    store.restore(backup)
    for (const number of [1, 2]) await admin.ok('DELETE', `/api/service/${id}/instance/${number}`)
    await cluster.unit.start()
    await system.connected()
    await until('root has forgotten what was removed', async () => (await admin.service(id)).instance_list.length === 1)
    await until('both are listed', async () => (await unclaimed()).length === 2)
    expect(await unclaimed()).toMatchObject(
      [1, 2].map((number) => ({
        instance_number: number,
        job_name: 'shop.t.web.t',
        cluster_name: 'c1',
        node_id: system.nodes[0]?.id,
        reason: expect.stringContaining('put back to a backup'),
      })),
    )
    expect(running()).toEqual(before.running)
    const [one, other] = await unclaimed()
    if (!one || !other) throw new Error('they are gone')
    await admin.ok('POST', `${at(one)}/adopt`)
    await until('it is claimed', async () => (await unclaimed()).length === 1)
    await admin.sees(id, 'RUNNING', 'RUNNING')
    await admin.ok('DELETE', at(other))
    await until('it has ended', () => !running().includes(other.instance_id))
    expect(await unclaimed()).toEqual([])
    expect(await admin.call('DELETE', at(other))).toMatchObject({ status: 404 })
    expect(running()).toEqual(before.running.filter((each) => each !== other.instance_id))
    expect(starts()).toEqual(before.starts)
  })
})
