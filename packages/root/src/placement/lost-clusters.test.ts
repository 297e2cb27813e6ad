import { afterEach, describe, expect, it } from 'vitest'
import { Scene, type SceneOptions } from '../testing/scene.ts'

const MINUTE_MS = 60_000

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

async function open(options: Partial<SceneOptions> = {}): Promise<Scene> {
  scene = await Scene.open({ clusters: { c1: 2_000, c2: 1_000 }, ...options })
  return scene
}

/** The cluster falls silent, and root has noticed. */
async function lose(name: string): Promise<void> {
  scene.cut(name)
  await scene.until(`${name} is gone`, () => !scene.root.connectedClusters().has(scene.cluster(name).id))
}

describe('an instance of a cluster that is not heard of', () => {
  it('stays for five minutes, and is then started elsewhere in its next term', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    expect(scene.whoRuns(id)).toBe('c1')
    await lose('c1')
    await scene.clock.advance(4 * MINUTE_MS)
    expect(scene.whoRuns(id)).toBe('c1')
    const waiting = await scene.seen(serviceId)
    expect(waiting).toMatchObject({
      status: 'RUNNING',
      status_detail: expect.stringMatching(/^the cluster c1 has not been heard of for 4 min/),
    })
    await scene.until('it runs elsewhere', () => scene.cluster('c2').running.has(id), 2 * MINUTE_MS)
    expect(scene.cluster('c2').running.get(id)).toMatchObject({ term: 1 })
    expect(await scene.seen(serviceId)).toMatchObject({ cluster_name: 'c2', term: 1 })
  })

  it('ends its old copy when the cluster returns, as the first that it learns', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    await lose('c1')
    await scene.until('it runs twice', () => scene.whoRuns(id) === 'c1+c2', 6 * MINUTE_MS)
    expect(await scene.orders('c1')).toEqual([`-${id}`])
    scene.restore('c1')
    await scene.until('one copy is left', () => scene.whoRuns(id) === 'c2')
    await scene.until('nothing is kept of it', async () => (await scene.orders('c1')).length === 0)
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'RUNNING', cluster_name: 'c2', term: 1 })
  })

  it('is not spoken for by the cluster that it left', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    scene.cluster('c1').isStubborn = true
    await lose('c1')
    await scene.until('it runs twice', () => scene.whoRuns(id) === 'c1+c2', 6 * MINUTE_MS)
    scene.restore('c1')
    await scene.until('c1 is back', () => scene.isComplete)
    scene.cluster('c1').say(id, { state: 'failed', detail: 'of the old copy' })
    await scene.clock.advance(5_000)
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'RUNNING', cluster_name: 'c2' })
    await scene.cluster('c1').obey()
    await scene.until('one copy is left', () => scene.whoRuns(id) === 'c2')
  })

  it('is not started once more when it ended for good before', async () => {
    await open()
    const { id, serviceId } = await scene.running('web', { one_shot: true })
    scene.cluster('c1').say(id, { state: 'completed', exitCode: 0, detail: 'exited with code 0' })
    await scene.until('its end is known', async () => (await scene.seen(serviceId)).status === 'COMPLETED')
    await lose('c1')
    await scene.clock.advance(10 * MINUTE_MS)
    expect(scene.whoRuns(id)).toBe('c1')
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'COMPLETED', cluster_name: 'c1' })
  })

  it('stays where it is while nobody else takes it, says why, and goes on there', async () => {
    await open({ clusters: { c1: 2_000, c2: 100 } })
    const { id, serviceId } = await scene.running('web', { memory: 500 })
    await lose('c1')
    await scene.clock.advance(6 * MINUTE_MS)
    expect(scene.whoRuns(id)).toBe('c1')
    const stuck = await scene.seen(serviceId)
    expect(stuck).toMatchObject({ status: 'RUNNING', cluster_name: 'c1' })
    expect(stuck.status_detail).toMatch(/the cluster c1 has not been heard of for \d min; no other place for it: none of 2 clusters/)
    expect(stuck.candidates.map(({ name }) => name)).toEqual(['c1', 'c2'])
    scene.restore('c1')
    await scene.until('it says nothing more of it', async () => (await scene.seen(serviceId)).status_detail === '', 2 * MINUTE_MS)
    expect(await scene.instance(id)).not.toHaveProperty('rejection')
    expect(scene.cluster('c1').running.get(id)).toMatchObject({ term: 0 })
  })

  it('goes where room comes up, though its cluster was lost long ago', async () => {
    await open({ clusters: { c1: 2_000, c2: 100 } })
    const { id } = await scene.running('web', { memory: 500 })
    await lose('c1')
    await scene.clock.advance(6 * MINUTE_MS)
    await scene.addCluster('c3', 1_000)
    await scene.until('it runs there', () => scene.cluster('c3').running.has(id), 5_000)
  })

  it.each([
    ['at once', { policy: 'replace', after: 0 }, 20_000, 'c1+c2'],
    ['after the time it says', { policy: 'replace', after: 60 }, 70_000, 'c1+c2'],
    ['not before that time', { policy: 'replace', after: 900 }, 10 * MINUTE_MS, 'c1'],
    ['never, when it shall be kept', { policy: 'keep' }, 30 * MINUTE_MS, 'c1'],
    ['never, when it may not leave its site', { policy: 'replace', after: 1, site_only: true }, 30 * MINUTE_MS, 'c1'],
    ['not before it has surely ended itself', { policy: 'stop', after: 60 }, 60_000, 'c1'],
    ['once it has surely ended itself', { policy: 'stop', after: 60 }, 90_000, 'c1+c2'],
  ])('is started elsewhere %s', async (_when, disconnect, waitMs, who) => {
    await open()
    const { id } = await scene.running('web', { disconnect })
    await lose('c1')
    await scene.clock.advance(waitMs)
    expect(scene.whoRuns(id)).toBe(who)
  })

  it('stays when root suspects itself, because most clusters went at once', async () => {
    await open({
      clusters: { c1: 2_000, c2: 1_000, c3: 1_000, c4: 500 },
      liveness: { graceMs: { silent: MINUTE_MS }, brake: { holdMs: 10 * MINUTE_MS } },
    })
    const { id } = await scene.running('web')
    for (const name of ['c1', 'c2', 'c3']) scene.cut(name)
    await scene.clock.advance(9 * MINUTE_MS)
    expect(scene.whoRuns(id)).toBe('c1')
    await scene.until('it is given up', () => scene.whoRuns(id) === 'c1+c4', 2 * MINUTE_MS)
  })

  it('is waited for anew when root was restarted', async () => {
    await open()
    const { id } = await scene.running('web')
    await lose('c1')
    await scene.clock.advance(4 * MINUTE_MS)
    await scene.stopRoot()
    await scene.startRoot()
    await scene.clock.advance(4 * MINUTE_MS)
    expect(scene.whoRuns(id)).toBe('c1')
    await scene.until('it runs elsewhere', () => scene.cluster('c2').running.has(id), 2 * MINUTE_MS)
  })
})

describe('an instance that is removed', () => {
  it('is not forgotten while its cluster is only away', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    await lose('c1')
    await scene.call('DELETE', `/api/service/${serviceId}/instance/0`)
    await scene.clock.advance(MINUTE_MS)
    expect(await scene.seen(serviceId)).toMatchObject({
      status: 'UNDEPLOYED',
      status_detail: expect.stringContaining('c1 has not been heard of'),
    })
    scene.restore('c1')
    await scene.until('it is gone', async () => !(await scene.instance(id)))
    expect(scene.whoRuns(id)).toBe('')
  })

  it('is forgotten with a lost cluster, which ends it when it returns', async () => {
    await open()
    const { id, serviceId } = await scene.running('web', { disconnect: { policy: 'keep' } })
    await lose('c1')
    await scene.clock.advance(6 * MINUTE_MS)
    await scene.call('DELETE', `/api/service/${serviceId}/instance/0`)
    await scene.until('root forgot it', async () => !(await scene.instance(id)), 1_000)
    expect(await scene.orders('c1')).toEqual([`-${id}`])
    scene.restore('c1')
    await scene.until('it is ended', () => scene.whoRuns(id) === '')
    await scene.until('nothing is kept of it', async () => (await scene.orders('c1')).length === 0)
  })

  it('is forgotten when its cluster becomes lost', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    await lose('c1')
    await scene.call('DELETE', `/api/service/${serviceId}/instance/0`)
    await scene.until('root forgot it', async () => !(await scene.instance(id)), 6 * MINUTE_MS)
  })
})
