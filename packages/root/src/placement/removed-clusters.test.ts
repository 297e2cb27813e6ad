import { outboxEntries, outboxKey } from '@oakestra/session'
import { afterEach, describe, expect, it } from 'vitest'
import { facts, reports } from '../state/collections.ts'
import { Scene, type SceneOptions } from '../testing/scene.ts'

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

async function open(options: Partial<SceneOptions> = {}): Promise<Scene> {
  scene = await Scene.open({ clusters: { c1: 2_000, c2: 1_000 }, ...options })
  return scene
}

const remove = (name: string) => scene.call('DELETE', `/api/clusters/${scene.cluster(name).id}`)

/** Everything root keeps about a cluster beside its record. */
async function leftovers(name: string): Promise<readonly unknown[]> {
  const { id } = scene.cluster(name)
  return scene.store.read(async (reader) => {
    const entries = await reader.list(outboxEntries, { index: 'childId', equals: id })
    const said = await reader.list(reports, { index: 'clusterId', equals: id })
    return [...entries, ...said, await reader.get(facts, `blocks ${id}`)].filter(Boolean)
  })
}

describe('a cluster that is removed', () => {
  it('ends what it has before others start it, and is then forgotten and refused', async () => {
    await open()
    const { id } = await scene.running('web', { disconnect: { policy: 'keep' } })
    scene.cluster('c1').isStubborn = true
    expect((await remove('c1')).json()).toMatchObject({ instances: 1 })
    await scene.clock.advance(10_000)
    expect(await scene.record('c1')).toMatchObject({ removing: true, cordoned: true })
    expect(scene.whoRuns(id)).toBe('c1')
    await scene.cluster('c1').obey()
    await scene.until('it runs elsewhere', () => scene.whoRuns(id) === 'c2')
    await scene.until('the cluster is forgotten', async () => !(await scene.record('c1')))
    expect(await leftovers('c1')).toEqual([])
    await scene.until('it is sent away', () => !scene.root.connectedClusters().has(scene.cluster('c1').id))
    await scene.clock.advance(60_000)
    expect(scene.cluster('c1').connected).toBe(false)
    expect((await scene.call('GET', '/api/clusters')).json()).toHaveLength(1)
  })

  it('goes without what ended for good, which is never started again', async () => {
    await open()
    const { id, serviceId } = await scene.running('job', { one_shot: true })
    scene.cluster('c1').say(id, { state: 'completed', detail: 'exited with code 0', exitCode: 0 })
    await scene.until('it is completed', async () => (await scene.seen(serviceId)).status === 'COMPLETED')
    await remove('c1')
    await scene.until('the cluster is forgotten', async () => !(await scene.record('c1')))
    await scene.clock.advance(120_000)
    expect(scene.whoRuns(id)).toBe('')
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'COMPLETED', cluster_id: '', exit_code: 0 })
    await scene.call('DELETE', `/api/service/${serviceId}/instance/0`)
    await scene.until('it is forgotten', async () => !(await scene.instance(id)))
  })

  it('keeps what nobody else takes, until that is removed', async () => {
    await open({ clusters: { c1: 2_000, c2: 100 } })
    const { id, serviceId } = await scene.running('web', { memory: 500 })
    await remove('c1')
    await scene.clock.advance(60_000)
    expect(scene.whoRuns(id)).toBe('c1')
    expect((await scene.seen(serviceId)).status_detail).toContain('no other place for it')
    await scene.call('DELETE', `/api/service/${serviceId}/instance/0`)
    await scene.until('the cluster is forgotten', async () => !(await scene.record('c1')))
  })

  it('gives its instances away one by one, and no more than others have room for', async () => {
    await open({ clusters: { c1: 2_000, c2: 1_000 } })
    const serviceId = await scene.serve('web', { memory: 300, constraints: [{ type: 'direct', cluster: 'c1', node: '' }] })
    const free = await scene.serve('free', { memory: 300 })
    for (let count = 0; count < 2; count += 1) await scene.deploy(serviceId)
    const ids = [await scene.deploy(free), await scene.deploy(free)]
    await scene.until('all run', () => scene.cluster('c1').running.size + scene.cluster('c2').running.size === 4)
    await remove('c1')
    await scene.until('those that may have left', () => ids.every((id) => scene.whoRuns(id) === 'c2'))
    await scene.clock.advance(30_000)
    expect(scene.cluster('c1').running.size).toBe(2)
    expect((await remove('c1')).json()).toMatchObject({ instances: 2 })
  })

  it('is forgotten at once when it is lost and has nothing', async () => {
    await open()
    scene.cut('c2')
    await scene.clock.advance(6 * 60_000)
    await remove('c2')
    await scene.until('the cluster is forgotten', async () => !(await scene.record('c2')), 2_000)
  })

  it('loses what it has to others when it is lost, and is not told any more', async () => {
    await open()
    const { id } = await scene.running('web', { disconnect: { policy: 'keep' } })
    scene.cut('c1')
    await scene.clock.advance(6 * 60_000)
    expect(scene.whoRuns(id)).toBe('c1')
    await remove('c1')
    await scene.until('it runs elsewhere', () => scene.whoRuns(id) === 'c1+c2', 5_000)
    await scene.until('the cluster is forgotten', async () => !(await scene.record('c1')), 5_000)
    expect(await leftovers('c1')).toEqual([])
  })

  it('is refused while it has what may not leave it', async () => {
    await open()
    await scene.running('bound', { disconnect: { policy: 'replace', site_only: true } })
    const answer = await remove('c1')
    expect([answer.statusCode, answer.json<{ message: string }>().message]).toEqual([
      409,
      expect.stringContaining('may not leave the cluster c1'),
    ])
    expect(await scene.record('c1')).not.toHaveProperty('removing')
    expect((await scene.call('DELETE', '/api/clusters/nowhere')).statusCode).toBe(404)
  })

  it('gives its blocks of subnets back and does not appear in the documents of others', async () => {
    await open()
    await remove('c2')
    await scene.until('the cluster is forgotten', async () => !(await scene.record('c2')))
    const { entry, freed } = await scene.store.read(async (reader) => ({
      entry: await reader.get(outboxEntries, outboxKey(scene.cluster('c2').id, 'addressing')),
      freed: await reader.get(facts, 'freed-blocks'),
    }))
    expect(entry).toBeUndefined()
    expect(freed?.value).toMatch(/^\d+$/)
  })
})
