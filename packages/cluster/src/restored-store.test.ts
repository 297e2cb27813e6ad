import { createMemoryStore, type MemoryStore } from '@oakestra/store/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLUSTER_COLLECTIONS } from './state.ts'
import { Scene } from './testing/scene.ts'

let store: MemoryStore
let scene: Scene

beforeEach(async () => {
  store = createMemoryStore({ collections: CLUSTER_COLLECTIONS })
  scene = await Scene.open({ store, nodes: ['n1', 'n2', 'n3', 'n4'] })
})
afterEach(() => scene[Symbol.asyncDispose]())

/** The cluster's store is put back to what it was before something happened; nodes have gone on meanwhile. */
async function restoredAfter(happening: () => Promise<unknown>, isRootAway = false): Promise<void> {
  const backup = store.snapshot()
  await happening()
  await scene.clock.advance(2_000)
  await scene.stopCluster()
  store.restore(backup)
  if (isRootAway) scene.network.cut('c'.repeat(24))
  await scene.startCluster()
  await scene.until('everybody is connected', () => scene.isComplete)
}

describe('a cluster whose store is from the past', () => {
  it('finds what was placed since where it is, and starts it nowhere else', async () => {
    await restoredAfter(() => scene.running('web-1'))
    const home = scene.whoRuns('web-1')
    await scene.until('root hears of it', () => scene.root.says('web-1') === `running ${home}`)
    await scene.clock.advance(30_000)
    expect(scene.whoRuns('web-1')).toBe(home)
  })

  it('believes the newer copy of what has moved since', async () => {
    const home = await scene.running('web-1')
    let second = ''
    await restoredAfter(async () => {
      await scene.ask('instances.move', { instanceId: 'web-1', reason: 'r' })
      await scene.until('it has moved', () => scene.root.says('web-1').startsWith('running') && scene.whoRuns('web-1') !== home)
      second = scene.whoRuns('web-1')
    })
    await scene.until('root hears of it', () => scene.root.says('web-1') === `running ${second}`)
    await scene.clock.advance(30_000)
    expect(scene.whoRuns('web-1')).toBe(second)
  })

  it('lets go on what nobody is known to want, until root says so or an operator drops it', async () => {
    await restoredAfter(async () => {
      await scene.running('web-1')
      await scene.running('web-2')
    }, true)
    await scene.clock.advance(60_000)
    expect([scene.whoRuns('web-1'), scene.whoRuns('web-2')].every((who) => /^n\d$/.test(who))).toBe(true)
    await scene.root.remove('web-2')
    scene.network.restore('c'.repeat(24))
    await scene.until('root is there', () => scene.cluster.connected)
    await scene.clock.advance(1_000)
    await scene.until('root hears of it', () => scene.root.says('web-1').startsWith('running'))
    const home = scene.node(scene.whoRuns('web-2'))
    expect(await scene.ask('instances.unclaimed', {})).toMatchObject([{ nodeId: home.id, spec: { instanceId: 'web-2', term: 0 } }])
    await scene.ask('instances.drop', { instanceId: 'web-2' })
    await scene.until('it has ended', () => scene.whoRuns('web-2') === '')
    expect(await scene.ask('instances.unclaimed', {})).toEqual([])
    await expect(scene.ask('instances.drop', { instanceId: 'web-2' })).rejects.toThrow('without it being wanted')
  })
})
