import type { ObservedInstance } from '@oakestra/model'
import { afterEach, describe, expect, it } from 'vitest'
import { Scene, type SceneOptions } from '../testing/scene.ts'

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

async function open(options: Partial<SceneOptions> = {}): Promise<Scene> {
  scene = await Scene.open({ clusters: { c1: 2_000, c2: 1_000 }, ...options })
  return scene
}

const unplaced: Partial<ObservedInstance> = {
  state: 'unplaced',
  rejection: { word: 'NO_WORKER_CAPACITY', detail: 'no node has the port free', candidates: [] },
}
const exhausted: Partial<ObservedInstance> = { state: 'dead', detail: 'could not be run on 3 nodes', strikes: 20, exhausted: true }

describe('an instance that its cluster cannot run', () => {
  it('is given ten seconds, then ended there, and only then started elsewhere', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    scene.cluster('c1').isStubborn = true
    scene.cluster('c1').say(id, unplaced)
    await scene.clock.advance(8_000)
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'NO_WORKER_CAPACITY', leaving: '' })
    await scene.until('it is to leave', async () => (await scene.instance(id))?.leaving, 5_000)
    await scene.clock.advance(30_000)
    expect(scene.whoRuns(id)).toBe('c1')
    expect(await scene.seen(serviceId)).toMatchObject({ cluster_name: 'c1', leaving: 'no node has the port free' })
    await scene.cluster('c1').obey()
    await scene.until('it runs elsewhere', () => scene.whoRuns(id) === 'c2')
    expect(await scene.seen(serviceId)).toMatchObject({ status: 'RUNNING', cluster_name: 'c2', term: 1, leaving: '' })
  })

  it('is not moved when its cluster finds room in time', async () => {
    await open()
    const { id } = await scene.running('web')
    scene.cluster('c1').say(id, unplaced)
    await scene.clock.advance(8_000)
    scene.cluster('c1').say(id, {})
    await scene.clock.advance(60_000)
    expect(scene.whoRuns(id)).toBe('c1')
  })

  it('is not moved when its cluster finds room while it cannot be told to end it', async () => {
    await open()
    const { id } = await scene.running('web')
    scene.cluster('c1').say(id, unplaced)
    await scene.clock.advance(9_000)
    scene.cut('c1')
    await scene.until('it is to leave', async () => (await scene.instance(id))?.leaving, 5_000)
    await scene.until('c1 is gone', () => !scene.root.connectedClusters().has(scene.cluster('c1').id), 20_000)
    scene.cluster('c1').say(id, {})
    scene.restore('c1')
    await scene.until('c1 is back', () => scene.isComplete)
    await scene.clock.advance(150_000)
    expect(scene.whoRuns(id)).toBe('c1')
    expect(await scene.instance(id)).not.toHaveProperty('leaving')
  })

  it('is moved at once when all its nodes were tried in vain, and not back for ten minutes', async () => {
    await open()
    const { id } = await scene.running('web')
    scene.cluster('c1').say(id, exhausted)
    await scene.until('it runs elsewhere', () => scene.whoRuns(id) === 'c2', 5_000)
    scene.cluster('c2').say(id, exhausted)
    await scene.clock.advance(8 * 60_000)
    expect(scene.whoRuns(id)).toBe('c2')
    await scene.until('the first one is tried again', () => scene.whoRuns(id) === 'c1', 5 * 60_000)
    expect((await scene.instance(id))?.term).toBe(2)
  })

  it('stays when nobody else would take it, with the reasons of all', async () => {
    await open({ clusters: { c1: 2_000, c2: 100 } })
    const { id, serviceId } = await scene.running('web', { memory: 500 })
    scene.cluster('c1').say(id, unplaced)
    await scene.clock.advance(120_000)
    expect(scene.whoRuns(id)).toBe('c1')
    const seen = await scene.seen(serviceId)
    expect(seen.status_detail).toContain('no node has the port free; no other place for it')
    expect(seen.candidates.map(({ name }) => name)).toContain('c2')
    scene.cluster('c2').resize(900)
    await scene.until('it goes where room came up', () => scene.whoRuns(id) === 'c2', 5_000)
  })

  it.each([
    ['its service may not leave its site', { site_only: true, policy: 'replace' }, unplaced],
    ['it is kept on a node that is cut off', { policy: 'keep' }, unplaced],
  ])('stays when %s', async (_why, disconnect, words) => {
    await open()
    const { id } = await scene.running('web', { disconnect })
    scene.cluster('c1').say(id, words)
    await scene.clock.advance(120_000)
    expect(scene.whoRuns(id)).toBe('c1')
  })
})

describe('an operator', () => {
  const move = (serviceId: string, body?: object) => scene.call('POST', `/api/service/${serviceId}/instance/0/move`, body)

  it('moves an instance to another cluster: ended first, then started there', async () => {
    await open()
    const { id, serviceId } = await scene.running('web', { disconnect: { policy: 'keep' } })
    scene.cluster('c1').isStubborn = true
    expect((await move(serviceId, { cluster_id: scene.cluster('c2').id })).statusCode).toBe(200)
    await scene.clock.advance(5_000)
    expect(scene.whoRuns(id)).toBe('c1')
    expect(await scene.seen(serviceId)).toMatchObject({ leaving: 'Admin moved it', status_detail: 'it leaves its place: Admin moved it' })
    await scene.cluster('c1').obey()
    await scene.until('it runs there', () => scene.whoRuns(id) === 'c2')
    expect((await move(serviceId, { cluster_id: scene.cluster('c1').id })).statusCode).toBe(200)
    await scene.until('it is back', () => scene.whoRuns(id) === 'c1')
    expect((await scene.instance(id))?.term).toBe(2)
  })

  it('moves what is kept from a cluster that is away, once that is lost', async () => {
    await open()
    const { id, serviceId } = await scene.running('web', { disconnect: { policy: 'keep' } })
    scene.cut('c1')
    await scene.clock.advance(10 * 60_000)
    expect(scene.whoRuns(id)).toBe('c1')
    expect((await move(serviceId, { cluster_id: scene.cluster('c2').id })).statusCode).toBe(200)
    await scene.until('it runs there', () => scene.whoRuns(id) === 'c1+c2', 5_000)
  })

  it('leaves the choice of a node to the cluster', async () => {
    await open()
    const { id, serviceId } = await scene.running('web')
    expect((await move(serviceId, { node_id: 'n2' })).statusCode).toBe(200)
    expect((await move(serviceId)).statusCode).toBe(200)
    expect(scene.cluster('c1').requests).toEqual([
      { method: 'instances.move', params: { instanceId: id, nodeId: 'n2', reason: 'Admin moved it' } },
      { method: 'instances.move', params: { instanceId: id, reason: 'Admin moved it' } },
    ])
  })

  it('is told why it cannot be moved', async () => {
    await open({ clusters: { c1: 2_000, c2: 100 } })
    const { serviceId } = await scene.running('web', { memory: 500 })
    const { serviceId: bound } = await scene.running('bound', { disconnect: { policy: 'replace', site_only: true } })
    const c2 = scene.cluster('c2').id
    const refused = async (status: number, message: string, body: object, id = serviceId) => {
      const answer = await move(id, body)
      expect(answer.json<{ message: string }>().message).toContain(message)
      expect(answer.statusCode).toBe(status)
    }
    await refused(409, 'the cluster c2 cannot take it', { cluster_id: c2 })
    await refused(404, 'no cluster', { cluster_id: 'nowhere' })
    await refused(400, 'a node can be chosen only in', { cluster_id: c2, node_id: 'n' })
    await refused(400, 'cluster_id', { cluster_id: 7 })
    await refused(409, 'site_only', { cluster_id: c2 }, bound)
    const { id: job, serviceId: done } = await scene.running('job', { one_shot: true })
    scene.cluster('c1').say(job, { state: 'failed', exitCode: 3 })
    await scene.until('it has ended', async () => (await scene.seen(done)).status === 'FAILED')
    await refused(409, 'has ended', { cluster_id: c2 }, done)
    scene.cut('c1')
    await scene.until('it is away', () => !scene.isComplete)
    await refused(503, 'the cluster c1 is not connected', { node_id: 'n' })
  })

  it('keeps new instances from a cluster', async () => {
    await open()
    const c1 = scene.cluster('c1').id
    const { id } = await scene.running('old')
    expect((await scene.call('PATCH', `/api/clusters/${c1}`, { cordoned: true })).json()).toMatchObject({
      cordoned: true,
      presence: 'here',
    })
    const { id: next } = await scene.running('new')
    expect([scene.whoRuns(id), scene.whoRuns(next)]).toEqual(['c1', 'c2'])
    const waiting = await scene.deploy(await scene.serve('large', { memory: 1_500 }))
    await scene.until('it is refused', async () => (await scene.instance(waiting))?.rejection)
    await scene.call('PATCH', `/api/clusters/${c1}`, { cordoned: false })
    await scene.until('it is placed', () => scene.whoRuns(waiting) === 'c1', 2_000)
  })

  it('gives a cluster labels that services may ask for', async () => {
    await open()
    const { serviceId } = await scene.running('free')
    const labelled = await scene.call('PATCH', `/api/clusters/${scene.cluster('c2').id}`, {
      labels: ['zone=south', 'gpu=no', 'zone=south'],
    })
    expect(labelled.json()).toMatchObject({ labels: ['gpu=no', 'zone=south'] })
    const { id } = await scene.running('bound', { constraints: [{ type: 'labels', needs: ['zone=south'] }] })
    expect(scene.whoRuns(id)).toBe('c2')
    expect((await scene.call('PATCH', `/api/clusters/${scene.cluster('c2').id}`, { labels: ['no label'] })).statusCode).toBe(400)
    expect((await scene.seen(serviceId)).cluster_name).toBe('c1')
  })

  it('passes what concerns a node to its cluster, and is told when that is away', async () => {
    await open()
    const node = `/api/clusters/${scene.cluster('c1').id}/nodes/n1`
    expect((await scene.call('PATCH', node, { draining: true, labels: ['a=b'] })).statusCode).toBe(200)
    expect((await scene.call('DELETE', node)).statusCode).toBe(404)
    expect(scene.cluster('c1').requests).toEqual([
      { method: 'nodes.change', params: { nodeId: 'n1', draining: true, labels: ['a=b'] } },
      { method: 'nodes.remove', params: { nodeId: 'n1' } },
    ])
    scene.cut('c1')
    await scene.until('it is away', () => !scene.isComplete)
    const answer = await scene.call('PATCH', node, { cordoned: true })
    expect([answer.statusCode, answer.json<{ message: string }>().message]).toEqual([
      503,
      expect.stringContaining('cluster c1 is not connected'),
    ])
    expect((await scene.call('DELETE', '/api/clusters/nowhere/nodes/n')).statusCode).toBe(404)
  })
})
