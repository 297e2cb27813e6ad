import { generateKeyPairSync } from 'node:crypto'
import { type IdGenerator, randomIds } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { makeSigningRequest, parseJoinToken } from '@oakestra/pki'
import { Inbox } from '@oakestra/session'
import { createMemoryStore, type MemoryStore } from '@oakestra/store/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type ClusterUnit, type System, startSystem } from './start-system.ts'
import { realSurroundings, type Surroundings } from './surroundings.ts'

let system: System
let admin: ApiUser
let store: MemoryStore
/** Ids that root gives next; random ones when there are none. */
let nextIds: string[]

beforeEach(async () => {
  nextIds = []
  system = await startSystem({ clusters: { c1: ['n1'], c2: ['n2'] }, surroundings: withBackups(), memoryMiBPerNode: 8192 })
  admin = await system.admin()
})
afterEach(() => system[Symbol.asyncDispose]())

/** A world whose root has a store that can be put back. */
function withBackups(): Surroundings {
  const real = realSurroundings({})
  const ids: IdGenerator = { next: () => nextIds.shift() ?? randomIds.next() }
  return {
    ...real,
    of: (role, name) => ({ ...real.of(role, name), ...(role === 'root' && { ids }) }),
    openStore: async (name, collections) => {
      if (name !== 'root') return real.openStore(name, collections)
      store = createMemoryStore({ collections })
      return store
    },
  }
}

interface Seen {
  readonly _id: string
  readonly instance_number: number
  readonly instance_ip: string
  readonly instance_ip_v6: string
  readonly cluster_name: string
}
interface Unclaimed {
  readonly instance_id: string
  readonly instance_number: number
  readonly job_name: string
  readonly cluster_id: string
  readonly cluster_name: string
}

const web = (changes: object = {}) => ({ microservice_name: 'web', code: 'fake://run', memory: 50, vcpus: 1, ...changes })
const starts = () => system.nodes.flatMap(({ machine }) => machine.starts.map(({ id }) => id)).toSorted()
const running = () => system.nodes.flatMap(({ machine }) => machine.running()).toSorted()
const unclaimed = () => admin.ok<readonly Unclaimed[]>('GET', '/api/unclaimed')

async function instancesOf(id: string): Promise<readonly Seen[]> {
  return (await admin.service(id)).instance_list as readonly unknown[] as readonly Seen[]
}

/** A service with this many instances that run. */
async function runs(application: string, count: number, changes: object = {}): Promise<string> {
  const { web: id = '' } = await admin.createApplication(application, [web(changes)])
  for (let made = 0; made < count; made += 1) await admin.deploy(id)
  await seesAll(id, count)
  return id
}

const seesAll = (id: string, count: number) => admin.sees(id, ...Array.from({ length: count }, () => 'RUNNING'))

/** Puts the store back while root is stopped, and sees what ran run on, never started again. */
async function putBack(backup: ReturnType<MemoryStore['snapshot']>): Promise<void> {
  const before = { starts: starts(), running: running() }
  await system.root.stop()
  store.restore(backup)
  await system.root.start()
  await system.connected()
  await settled()
  expect(running()).toEqual(before.running)
  expect(starts()).toEqual(before.starts)
}

/** Both ends of every session agree on a document. */
async function settled(): Promise<void> {
  await system.root.running.idle()
  await until('every cluster has what root wants', async () => {
    for (const { id, unit } of system.clusters) {
      const [head] = [...store.peek({ name: 'outbox_heads' })].filter((each) => (each as { childId: string }).childId === id)
      const held = await new Inbox(unit.store).head()
      if (held?.digest !== (head as { digest?: string } | undefined)?.digest) return false
    }
    return true
  })
}

describe('a root that is put back to a backup', () => {
  it('knows again what was started since, and touches nothing', async () => {
    const id = await runs('shop', 1)
    const backup = store.snapshot()
    await admin.deploy(id)
    await admin.deploy(id)
    const before = (await seesAll(id, 3)).instance_list
    await putBack(backup)
    const after = (await seesAll(id, 3)).instance_list
    const identity = (list: readonly unknown[]) =>
      (list as readonly Seen[]).map(({ _id, instance_number, instance_ip, cluster_name }) => ({
        _id,
        instance_number,
        instance_ip,
        cluster_name,
      }))
    expect(identity(after)).toEqual(identity(before))
    expect(await unclaimed()).toEqual([])
    await admin.deploy(id)
    const all = (await seesAll(id, 4)).instance_list as readonly unknown[] as readonly Seen[]
    expect(all.map(({ instance_number }) => instance_number)).toEqual([0, 1, 2, 3])
    expect(new Set(all.flatMap((each) => [each.instance_ip, each.instance_ip_v6])).size).toBe(8)
  })

  it('ends none for being too many for the count of the backup, and wants again what was removed since', async () => {
    const id = await runs('shop', 0)
    const scale = (replicas: number) => admin.ok('PUT', `/api/service/${id}/replicas`, { replicas })
    await scale(2)
    await seesAll(id, 2)
    const backup = store.snapshot()
    await scale(4)
    await seesAll(id, 4)
    await putBack(backup)
    expect(await seesAll(id, 4)).toMatchObject({ replicas: 4 })
    const later = store.snapshot()
    await scale(1)
    await seesAll(id, 1)
    await system.root.stop()
    store.restore(later)
    await system.root.start()
    await system.connected()
    await seesAll(id, 4)
  })

  it('lists services that are new to it, and lets them be adopted and dropped', async () => {
    const backup = store.snapshot()
    const id = await runs('shop', 2, { port: '8080:80', environment: ['A=b'] })
    const other = await runs('site', 1)
    const before = await instancesOf(id)
    const address = (await admin.service(id)).RR_ip
    await putBack(backup)
    const found = await unclaimed()
    expect(found.map(({ job_name }) => job_name).toSorted()).toEqual(['shop.t.web.t', 'shop.t.web.t', 'site.t.web.t'])
    const untouched = starts()
    const at = ({ cluster_id, instance_id }: Unclaimed) => `/api/unclaimed/${cluster_id}/${instance_id}`
    for (const each of found.filter(({ job_name }) => job_name.startsWith('shop'))) await admin.ok('POST', `${at(each)}/adopt`)
    await seesAll(id, 2)
    expect(await instancesOf(id)).toMatchObject(
      before.map(({ _id, instance_number, instance_ip }) => ({ _id, instance_number, instance_ip })),
    )
    expect(await admin.service(id)).toMatchObject({ RR_ip: address, app_name: 'shop', port: '8080:80/tcp', environment: ['A=b'] })
    const [left] = await unclaimed()
    if (!left) throw new Error('the other one is gone')
    expect(left).toMatchObject({ job_name: 'site.t.web.t', instance_number: 0 })
    const cluster = `/api/clusters/${left.cluster_id}`
    expect(await admin.call('DELETE', cluster)).toMatchObject({ status: 409 })
    await admin.ok('DELETE', at(left))
    await until('it has ended', () => running().length === 2)
    expect(await unclaimed()).toEqual([])
    await until('its record is gone', () => !JSON.stringify(store.peek({ name: 'instances' })).includes(left.instance_id))
    expect(JSON.stringify(store.peek({ name: 'address_claims' }).filter((claim) => isHeldBy(claim, [left.instance_id, other])))).toBe('[]')
    await settled()
    expect(starts()).toEqual(untouched)
  })

  it('gives nobody the addresses of what it does not know', async () => {
    const backup = store.snapshot()
    const id = await runs('shop', 3)
    const before = await instancesOf(id)
    const { RR_ip } = await admin.service(id)
    await putBack(backup)
    const next = await runs('site', 3)
    const taken = new Set([RR_ip, ...before.flatMap((each) => [each.instance_ip, each.instance_ip_v6])])
    const given = [
      (await admin.service(next)).RR_ip,
      ...(await instancesOf(next)).flatMap((each) => [each.instance_ip, each.instance_ip_v6]),
    ]
    expect(given.filter((address) => taken.has(address))).toEqual([])
  })
})

function isHeldBy(claim: unknown, owners: readonly string[]): boolean {
  const { ownerId, freedAtMs } = claim as { ownerId: string; freedAtMs?: number }
  return freedAtMs === undefined && owners.includes(ownerId)
}

describe('a root that is replaced by an empty one', () => {
  /** As `oak cluster --join` does: the cluster has another parent from now on. */
  async function joinAgain({ id, name, unit }: ClusterUnit): Promise<void> {
    const token = await system.root.running.createClusterToken(name)
    const { id: tokenId, secret } = parseJoinToken(token, { kind: 'cluster', nowMs: Date.now() })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const csrPem = makeSigningRequest(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'cluster')
    nextIds.push(id)
    await system.network.joiner('root').join({ tokenId, secret, kind: 'cluster', name, csrPem }, AbortSignal.timeout(10_000))
    await new Inbox(unit.store).acceptNewParent()
    await unit.start()
  }

  const blocks = async (cluster: ClusterUnit) => {
    const page = await new Inbox(cluster.unit.store).page()
    return page.items.find(({ kind }) => kind === 'addressing')?.body as { blocksV4: readonly string[]; stock: { numbersFrom: number } }
  }

  it('is told of everything that runs, and gives no subnet to another cluster', async () => {
    const id = await runs('shop', 3)
    const site = await runs('site', 1)
    const before = { starts: starts(), running: running(), blocks: await Promise.all(system.clusters.map(blocks)) }
    await Promise.all(system.clusters.map(({ unit }) => unit.stop()))
    await system.root.stop()
    store.restore(new Map())
    await system.root.start()
    admin = await system.admin()
    // The other way round than at first: by its own count the new root would mix up what they have.
    for (const cluster of system.clusters.toReversed()) {
      await joinAgain(cluster)
      await until('it is back', () => cluster.unit.running.connected)
    }
    await system.connected()
    await settled()
    expect(running()).toEqual(before.running)
    const after = await Promise.all(system.clusters.map(blocks))
    expect(after.map(({ blocksV4 }) => blocksV4)).toEqual(before.blocks.map(({ blocksV4 }) => blocksV4))
    expect(after.map(({ stock }) => stock.numbersFrom)).toEqual(before.blocks.map(({ stock }) => stock.numbersFrom))
    const found = await unclaimed()
    expect(found).toHaveLength(4)
    for (const { cluster_id, instance_id } of found) await admin.ok('POST', `/api/unclaimed/${cluster_id}/${instance_id}/adopt`)
    await seesAll(id, 3)
    await seesAll(site, 1)
    await settled()
    expect(starts()).toEqual(before.starts)
  })
})
