import { OakError } from '@oakestra/base'
import { afterEach, describe, expect, it } from 'vitest'
import { service } from '../api/testing/documents.ts'
import { Scene, type SceneOptions } from '../testing/scene.ts'
import type { Advice, Chooser } from './chooser.ts'

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

async function open(options: Partial<SceneOptions> = {}): Promise<Scene> {
  scene = await Scene.open({ clusters: { c1: 2_000, c2: 1_000 }, ...options })
  return scene
}

describe('a chooser from outside', () => {
  const idOf = (name: string) => name.padEnd(24, '0')
  const always =
    (advice: Advice): Chooser =>
    async () =>
      advice

  it('decides where an instance goes', async () => {
    await open({ chooser: always({ ok: true, candidateId: idOf('c2') }) })
    const { id, serviceId } = await scene.running('web')
    expect(scene.whoRuns(id)).toBe('c2')
    expect(await scene.seen(serviceId)).toMatchObject({ placement_note: '' })
  })

  it('is told what is asked for and who could take it, and is asked where lost instances go', async () => {
    const questions: unknown[] = []
    const chooser: Chooser = async (request, candidates, policy) => {
      questions.push({ memory: request.resources.memoryMiB, candidates: candidates.map(({ name, active }) => `${name} ${active}`), policy })
      return { ok: true, candidateId: candidates.find(({ active }) => active)?.id ?? '' }
    }
    await open({ chooser, liveness: { graceMs: { silent: 20_000 } } })
    const { id } = await scene.running('web')
    scene.cut('c1')
    await scene.until('it runs elsewhere', () => scene.cluster('c2').running.has(id))
    expect(questions).toEqual([
      { memory: 100, candidates: ['c1 true', 'c2 true'], policy: 'bestCpuMemFit' },
      { memory: 100, candidates: ['c1 false', 'c2 true'], policy: 'bestCpuMemFit' },
    ])
  })

  it.each<[string, Chooser, string]>([
    ['has no advice', always({ ok: false, warning: 'the external scheduler did not answer' }), 'the external scheduler did not answer'],
    ['advises what does not exist', always({ ok: true, candidateId: 'nowhere' }), 'nowhere'],
    ['fails', () => Promise.reject(new OakError('internal', 'it broke')), 'it broke'],
    ['talks too much', always({ ok: false, warning: 'x'.repeat(10_000) }), 'x'.repeat(499)],
  ])('that %s keeps nothing from being placed, and is mentioned', async (_what, chooser, note) => {
    await open({ chooser })
    const { id, serviceId } = await scene.running('web')
    expect(scene.whoRuns(id)).toBe('c1')
    const seen = await scene.seen(serviceId)
    expect(seen.placement_note).toContain(note)
    expect(seen.placement_note.length).toBeLessThanOrEqual(500)
  })

  it('holds nobody else up while it thinks', async () => {
    let answer: (advice: Advice) => void = () => undefined
    const chooser: Chooser = (request) =>
      request.resources.memoryMiB === 100
        ? new Promise((resolve) => {
            answer = resolve
          })
        : Promise.resolve({ ok: true, candidateId: idOf('c1') })
    await open({ chooser })
    const slow = await scene.deploy(await scene.serve('slow'))
    const { id } = await scene.running('quick', { memory: 200 })
    expect([scene.whoRuns(slow), scene.whoRuns(id)]).toEqual(['', 'c1'])
    answer({ ok: true, candidateId: idOf('c2') })
    await scene.until('it runs', () => scene.whoRuns(slow) === 'c2')
  })
})

describe('placement at root', () => {
  it('keeps the instances of a service apart when asked to', async () => {
    await open({ clusters: { c1: 9_000, c2: 1_000, c3: 1_000 }, policy: 'spread' })
    const serviceId = await scene.serve('web')
    const ids = [await scene.deploy(serviceId), await scene.deploy(serviceId), await scene.deploy(serviceId)]
    await scene.until('all run', () => ids.every((id) => scene.whoRuns(id)))
    expect(ids.map((id) => scene.whoRuns(id)).sort()).toEqual(['c1', 'c2', 'c3'])
  })

  it('promises no room twice, however quick the requests come', async () => {
    await open({ clusters: { c1: 1_000, c2: 1_000 } })
    const serviceId = await scene.serve('web', { memory: 400 })
    scene.network.setDelay(undefined, { min: 500, max: 500 })
    for (let count = 0; count < 5; count += 1) await scene.deploy(serviceId)
    await scene.until('four run', () => scene.cluster('c1').running.size + scene.cluster('c2').running.size === 4)
    expect([scene.cluster('c1').running.size, scene.cluster('c2').running.size]).toEqual([2, 2])
    expect((await scene.seen(serviceId, 4)).status).toBe('NoActiveClusterWithCapacity')
  })

  it('finds clusters near a place that the operator named, and near another service', async () => {
    await open({ areas: { campus: { lat: 48.26, lon: 11.67 } } })
    scene.cluster('c1').settle({ lat: 52.5, lon: 13.4 })
    scene.cluster('c2').settle({ lat: 48.1, lon: 11.6 })
    await scene.clock.advance(1_000)
    const { id: near } = await scene.running('near', { constraints: [{ type: 'latency', area: 'campus', threshold: 5 }] })
    expect(scene.whoRuns(near)).toBe('c2')
    const shop = [
      service('db', { constraints: [{ type: 'direct', cluster: 'c2', node: '' }] }),
      service('app', { constraints: [{ type: 'latency', area: 'db', threshold: 5 }] }),
    ]
    const ids = await scene.create('shop', shop)
    const db = await scene.deploy(ids['db'] ?? '')
    await scene.until('the database runs', () => scene.whoRuns(db))
    const app = await scene.deploy(ids['app'] ?? '')
    await scene.until('it is near', () => scene.whoRuns(app) === 'c2')
  })
})
