import { OakError } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { afterEach, describe, expect, it } from 'vitest'
import { clusters, instances, reports } from '../state/collections.ts'
import { Scene, type SceneOptions } from '../testing/scene.ts'

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

async function open(options: Partial<SceneOptions> = {}): Promise<Scene> {
  scene = await Scene.open({ clusters: { c1: 2_000, c2: 1_000 }, ...options })
  return scene
}

/** All that root decided, and all that it was told; when a cluster was last seen apart. */
const everything = () =>
  scene.store.read(async (reader) => ({
    instances: await reader.list(instances),
    reports: await reader.list(reports),
    clusters: (await reader.list(clusters)).map(({ lastSeenAtMs: _seen, ...cluster }) => cluster),
  }))

describe('a cluster that talks nonsense', () => {
  it.each<[string, unknown]>([
    ['facts that are none', 'hello'],
    ['facts without a name', { slots: [] }],
    ['slots that are none', { name: 'c1', slots: 'many' }],
  ])('with %s is cut off, changes nothing, and stops no other', async (_what, nonsense) => {
    await open()
    const { id } = await scene.running('web')
    await scene.clock.advance(2_000)
    const before = await everything()
    scene.cluster('c1').sayNonsense(nonsense)
    await scene.until('it is cut off', () => !scene.root.connectedClusters().has(scene.cluster('c1').id))
    await scene.clock.advance(20_000)
    expect(await everything()).toEqual(before)
    expect([...scene.root.connectedClusters()]).toEqual([scene.cluster('c2').id])
    scene.cluster('c1').sayNonsense(undefined)
    await scene.until('it is back', () => scene.isComplete)
    expect(scene.whoRuns(id)).toBe('c1')
  })

  it('about an instance is cut off, and nothing it said counts', async () => {
    await open()
    const { id } = await scene.running('web')
    await scene.clock.advance(2_000)
    const before = await everything()
    scene.cluster('c1').say(id, { state: 'flying' as 'running', restarts: -1 })
    await scene.until('it is cut off', () => !scene.root.connectedClusters().has(scene.cluster('c1').id))
    await scene.clock.advance(20_000)
    expect(await everything()).toEqual(before)
    scene.cluster('c1').say(id, {})
    await scene.until('it is back', () => scene.isComplete)
    expect(scene.whoRuns(id)).toBe('c1')
  })

  it('about the instances of another is not heard', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    scene.cluster('c2').pretend(id)
    await scene.clock.advance(5_000)
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'RUNNING', cluster_name: 'c1' })
    expect(await scene.store.read((reader) => reader.list(reports))).toMatchObject([{ instanceId: id, clusterId: scene.cluster('c1').id }])
  })
})

describe('a root whose store fails', () => {
  const failing = { isFull: false }
  const around = (store: Store): Store => ({
    read: (section) => store.read(section),
    write: (section) =>
      failing.isFull ? Promise.reject(new OakError('unavailable', 'the disk is full: free some space')) : store.write(section),
    onCommit: (listener) => store.onCommit(listener),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  })
  afterEach(() => {
    failing.isFull = false
  })

  it('says so, changes nothing, and goes on when it is mended', async () => {
    await open({ around })
    const { id, serviceId } = await scene.running('web')
    await scene.clock.advance(2_000)
    const before = await everything()
    failing.isFull = true
    for (const [method, url, body] of [
      ['POST', `/api/service/${serviceId}/instance`],
      ['DELETE', `/api/service/${serviceId}/instance/0`],
      ['POST', `/api/service/${serviceId}/instance/0/move`, { cluster_id: scene.cluster('c2').id }],
      ['PATCH', `/api/clusters/${scene.cluster('c1').id}`, { cordoned: true }],
      ['DELETE', `/api/clusters/${scene.cluster('c1').id}`],
    ] as const) {
      const answer = await scene.call(method, url, body)
      expect([answer.statusCode, answer.json<{ message: string }>().message], url).toEqual([503, expect.stringContaining('disk is full')])
    }
    scene.cluster('c1').resize(500)
    scene.cut('c2')
    await scene.clock.advance(10 * 60_000)
    expect(await everything()).toEqual(before)
    failing.isFull = false
    scene.restore('c2')
    await scene.until('everybody is back', () => scene.isComplete)
    expect(scene.whoRuns(id)).toBe('c1')
    const next = await scene.deploy(serviceId)
    await scene.until('the next one runs', () => scene.whoRuns(next))
  })
})
