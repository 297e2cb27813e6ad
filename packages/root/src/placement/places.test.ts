import { afterEach, describe, expect, it } from 'vitest'
import { service } from '../api/testing/documents.ts'
import { Scene } from '../testing/scene.ts'
import { areasOf } from './cluster-room.ts'

let scene: Scene
afterEach(() => scene[Symbol.asyncDispose]())

const MUNICH = { lat: 48.1, lon: 11.5 }
const constraintOf = (cluster: string, id: string) => scene.cluster(cluster).running.get(id)?.constraints[0]

describe('names of places', () => {
  it('come to the cluster with what they mean', async () => {
    scene = await Scene.open({ clusters: { c1: 1_000 }, areas: { munich: MUNICH } })
    scene.cluster('c1').settle(MUNICH)
    const { id } = await scene.running('web', { constraints: [{ type: 'geo', location: 'munich', threshold: 10 }] })
    expect(constraintOf('c1', id)).toEqual({ type: 'geo', location: 'munich = 48.1,11.5', thresholdKm: 10 })
  })

  it('mean for an instance where a service was when its cluster was chosen, for as long as it stays', async () => {
    scene = await Scene.open({ clusters: { c1: 1_000 } })
    scene.cluster('c1').settle(MUNICH)
    const near = { constraints: [{ type: 'latency', area: 'db', threshold: 50 }] }
    const { db = '', web = '' } = await scene.create('shop', [service('db', { memory: 100 }), service('web', { memory: 100, ...near })])
    await scene.deploy(db)
    const id = await scene.deploy(web)
    await scene.until('it runs', () => scene.whoRuns(id) === 'c1')
    expect(constraintOf('c1', id)).toMatchObject({ area: 'db = 48.1,11.5' })
    scene.cluster('c1').settle({ lat: 48.2, lon: 11.6 })
    await scene.until('root knows', async () => (await scene.record('c1'))?.facts?.areas?.[0]?.lat === 48.2)
    await scene.root.idle()
    await scene.stopRoot()
    await scene.startRoot()
    await scene.until('everybody is back', () => scene.isComplete)
    await scene.root.idle()
    expect(constraintOf('c1', id)).toMatchObject({ area: 'db = 48.1,11.5' })
    const later = await scene.deploy(web)
    await scene.until('the next one runs', () => scene.whoRuns(later) === 'c1')
    expect(constraintOf('c1', later)).toMatchObject({ area: 'db = 48.2,11.6' })
  })

  it('are judged by where a cluster is configured to be when its nodes do not say', () => {
    expect(areasOf({ location: '48.1,11.5,2000' })).toEqual([{ ...MUNICH, radiusKm: 2 }])
    expect(areasOf({ location: 'the cellar' })).toEqual([])
  })
})
