import type { AddressStock, ClusterOrder, OrdersTaken } from '@oakestra/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { specOf } from '../testing/sample-spec.ts'
import { Scene } from '../testing/scene.ts'

const STOCK: AddressStock = {
  instances: [1, 2, 3].map((n) => ({ v4: `10.30.128.${n}`, v6: `fdff:400::${n}` })),
  services: [{ v4: '10.30.128.100', v6: 'fdff:2400::1' }],
  numbersFrom: 3_000_000,
}
const ADDRESSING = { blocksV4: ['10.18.0.0/16'], blocksV6: ['fc00::/110'], stock: STOCK }
const DOCUMENT = {
  sla_version: 'v2.0',
  customerID: 'Admin',
  applications: [
    {
      application_name: 'site',
      application_namespace: 't',
      microservices: [{ microservice_name: 'web', microservice_namespace: 't', virtualization: 'container', code: 'x', memory: 10 }],
    },
  ],
}

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1'] })
  await scene.root.put({ id: 'addressing', kind: 'addressing', body: ADDRESSING })
  await scene.until('the stock is here', async () => (await scene.cluster.local.services()).length === 0)
})
afterEach(() => scene[Symbol.asyncDispose]())

const desk = () => scene.cluster.local
const kinds = (orders: readonly { readonly kind: string }[]) => orders.map(({ kind }) => kind)
const standings = async () => (await desk().orders()).map(({ kind, standing }) => `${kind} ${standing}`)

async function deploy(): Promise<string> {
  let id: string | undefined
  await scene.until('it is deployed', async () => {
    // The stock may still be on its way.
    id ??= (
      await desk()
        .changes.deploy(DOCUMENT, 'somebody')
        .catch(() => [])
    )[0]
    return id
  })
  return id ?? ''
}

/** Root answers every request with this; gives what it was told, request by request. */
function answering(outcome: OrdersTaken['answers'][number]['outcome'], generation: () => number) {
  const told: (readonly ClusterOrder[])[] = []
  scene.root.answer = async (params) => {
    const { orders } = params as { readonly orders: readonly ClusterOrder[] }
    told.push(orders)
    const answers = orders.map(({ id }) => ({ id, outcome, ...(outcome !== 'taken' && { reason: 'because' }) }))
    return { epoch: await scene.root.epoch(), generation: generation(), answers }
  }
  return told
}

describe('a restart at the cluster', () => {
  const askedOf = (id: string) => scene.node('n1').running.get(id)?.restartsAsked

  it('counts beside those of root, and needs no order', async () => {
    const spec = specOf('web-1', { restartsAsked: 2 })
    await scene.root.want(spec)
    await scene.until('it runs', () => scene.whoRuns(spec.instanceId) === 'n1')
    await desk().changes.restartInstance(spec.serviceId, spec.number)
    await scene.until('its node knows', () => askedOf(spec.instanceId) === 3)
    await scene.root.want({ ...spec, restartsAsked: 3 })
    await scene.until('both count', () => askedOf(spec.instanceId) === 4)
    expect(await desk().orders()).toEqual([])
    await expect(desk().changes.restartInstance(spec.serviceId, 77)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('is refused for what runs once', async () => {
    const spec = specOf('once-1', { oneShot: true })
    await scene.root.want(spec)
    await scene.until('it runs', () => scene.whoRuns(spec.instanceId) === 'n1')
    await expect(desk().changes.restartInstance(spec.serviceId, spec.number)).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('orders', () => {
  it('are in force before root answers, told until it does, and kept until its document is here', async () => {
    let generation = 1_000
    scene.root.answer = async () => Promise.reject(new Error('root has a bad day'))
    const id = await deploy()
    const [instance] = (await desk().service(id)).instances
    await scene.until('it runs', () => scene.whoRuns(instance?.id ?? '') === 'n1')
    expect(await standings()).toEqual(['add-service waiting', 'add-instance waiting'])
    // Root hears nothing of what it does not know.
    expect(scene.root.says(instance?.id ?? '')).toBe('nothing')
    const told = answering('taken', () => generation)
    await scene.until('root has them', async () => (await standings()).join() === 'add-service taken,add-instance taken')
    expect(kinds(told.at(-1) ?? [])).toEqual(['add-service', 'add-instance'])
    expect(told.at(-1)?.[1]).toMatchObject({ body: { number: 0, revision: 1, addresses: STOCK.instances[0] } })
    expect(scene.whoRuns(instance?.id ?? '')).toBe('n1')
    generation = 0
    await scene.clock.advance(5_000)
    expect(await standings()).toHaveLength(2)
  })

  it('that root refuses stay in force, and are told again much later', async () => {
    const told = answering('refused', () => 1)
    const id = await deploy()
    const [instance] = (await desk().service(id)).instances
    await scene.until('root has said no', async () => (await standings()).some((each) => each === 'add-service refused'))
    await scene.until('it runs', () => scene.whoRuns(instance?.id ?? '') === 'n1')
    const times = told.length
    await scene.clock.advance(60_000)
    expect(told).toHaveLength(times)
    await scene.until('it is told again', () => told.length > times, 12 * 60_000)
    expect(scene.whoRuns(instance?.id ?? '')).toBe('n1')
  })

  it('that root says are over end what they added', async () => {
    answering('gone', () => 1)
    const id = await deploy()
    await scene.until('it is over', async () => (await standings()).includes('add-instance over'))
    await scene.until('it ends', async () => (await desk().service(id)).instances.every(({ state }) => state === 'gone'))
    expect((await desk().orders())[0]?.reason).toBe('because')
  })

  it('give numbers of the own range once root may know of the service', async () => {
    scene.root.answer = async () => Promise.reject(new Error('root has a bad day'))
    const id = await deploy()
    await scene.clock.advance(2_000)
    const { number } = await desk().changes.addInstance(id, 'somebody')
    expect(number).toBe(3_000_000)
    expect((await desk().changes.addInstance(id, 'somebody')).number).toBe(3_000_001)
    await expect(desk().changes.addInstance(id, 'somebody')).rejects.toMatchObject({ code: 'resource-exhausted' })
    await expect(desk().changes.deploy(DOCUMENT, 'somebody')).rejects.toMatchObject({ code: 'conflict' })
  })
})
