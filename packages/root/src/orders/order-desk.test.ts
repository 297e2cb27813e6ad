import type { InstanceSpec } from '@oakestra/model'
import { type Addressing, addressingSchema, type OrdersTaken, ordersTakenSchema, parseWire, TAKE_ORDERS_METHOD } from '@oakestra/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { service as documentOf } from '../api/testing/documents.ts'
import { addressClaims, applications, services } from '../state/collections.ts'
import { Scene } from '../testing/scene.ts'
import { takenOrders } from './taken-orders.ts'

let scene: Scene
let stock: NonNullable<Addressing['stock']>
beforeEach(async () => {
  scene = await Scene.open({ clusters: { c1: 4_000, c2: 4_000 } })
  stock = await stockOf('c1')
})
afterEach(() => scene[Symbol.asyncDispose]())

async function stockOf(cluster: string): Promise<NonNullable<Addressing['stock']>> {
  let found: Addressing['stock']
  await scene.until('there is a stock', async () => {
    const body = await scene.cluster(cluster).item('addressing')
    found = body === undefined ? undefined : parseWire(addressingSchema, body, 'addressing').stock
    return found
  })
  if (!found) throw new Error('there is no stock')
  return found
}

const order = (kind: string, id: string, body: object) => ({ id, kind, createdAtMs: 1, actor: 'somebody', body })
const application = { id: 'app', name: 'site', namespace: 't', description: '', source: {} }
const addService = (id: string, changes: object = {}, used: object = {}) =>
  order('add-service', id, {
    application,
    document: documentOf(id, { memory: 100, ...changes }),
    addresses: stock.services[0] ?? {},
    nextInstanceNumber: 1,
    ...used,
  })
const addInstance = (id: string, serviceId: string, changes: object = {}) =>
  order('add-instance', id, { serviceId, number: 0, revision: 1, addresses: stock.instances[0] ?? {}, ...changes })
const removal = (instanceId: string) => order('remove-instance', `remove/${instanceId}`, { instanceId })

async function tell(...orders: readonly ({ readonly id: string } & Readonly<Record<string, unknown>>)[]): Promise<OrdersTaken> {
  return tellHolding(
    orders.map(({ id }) => id),
    ...orders,
  )
}

async function tellHolding(holds: readonly string[], ...orders: readonly object[]): Promise<OrdersTaken> {
  let answer: unknown
  scene
    .cluster('c1')
    .ask(TAKE_ORDERS_METHOD, { orders, holds })
    .then(
      (value) => (answer = value),
      (thrown) => (answer = { thrown }),
    )
  await scene.until('root answers', () => answer)
  return parseWire(ordersTakenSchema, answer, 'answer')
}

const outcomes = ({ answers }: OrdersTaken) => answers.map(({ outcome }) => outcome)
const stored = (id: string) => scene.store.read((reader) => reader.get(services, id))
const claimed = async (address = '') => (await scene.store.read((reader) => reader.get(addressClaims, address)))?.ownerId

describe('a stock', () => {
  it('is one for each cluster, apart from what users get, and filled up when it is used', async () => {
    const other = await stockOf('c2')
    const all = [...stock.instances, ...stock.services, ...other.instances, ...other.services]
    expect(new Set(all.flatMap(({ v4, v6 }) => [v4, v6])).size).toBe(2 * 96)
    expect([stock.numbersFrom, other.numbersFrom].toSorted((one, two) => one - two)).toEqual([1_000_000, 2_000_000])
    const { serviceId } = await scene.running('web')
    expect((await stored(serviceId))?.addresses[0]?.v4).toBe('10.30.0.1')
    await tell(addService('made'), addInstance('one', 'made'))
    const next = await stockOf('c1')
    expect(next.instances).toHaveLength(32)
    expect(next.instances).not.toContainEqual(stock.instances[0])
    expect(next.services).not.toContainEqual(stock.services[0])
  })

  it('stays as it is when root starts again, and is given back with its cluster', async () => {
    await scene.stopRoot()
    await scene.startRoot()
    await scene.until('c1 is back', () => scene.isComplete)
    await scene.root.idle()
    expect(await stockOf('c1')).toEqual(stock)
    await scene.call('DELETE', `/api/clusters/${scene.cluster('c1').id}`)
    await scene.until('it is gone', async () => (await scene.record('c1')) === undefined)
    const claims = await scene.store.read((reader) => reader.list(addressClaims))
    expect(claims.filter(({ ownerId, freedAtMs }) => ownerId === scene.cluster('c1').id && freedAtMs === undefined)).toEqual([])
  })
})

describe('root', () => {
  it('takes over what was made as it is, and answers with the document that says so', async () => {
    const { answers, generation } = await tell(addService('made', { replicas: 1 }), addInstance('one', 'made'))
    expect(answers.map(({ outcome }) => outcome)).toEqual(['taken', 'taken'])
    expect(await stored('made')).toMatchObject({ replicas: 1, nextInstanceNumber: 1, applicationName: 'site', revision: 1 })
    await scene.until('it is in the document', () => scene.whoRuns('one') === 'c1')
    const spec = scene.cluster('c1').running.get('one') as InstanceSpec
    expect(spec).toMatchObject({ revision: 1, term: 0, number: 0, addresses: stock.instances[0], jobName: 'site.t.made.t' })
    expect(await claimed(stock.instances[0]?.v4)).toBe('one')
    expect(await claimed(stock.services[0]?.v4)).toBe('made')
    expect((await tell(addService('made', { replicas: 1 }), addInstance('one', 'made'))).generation).toBe(generation)
    expect(await stored('made')).toMatchObject({ replicas: 1 })
  })

  it('does not bring back what was removed since, when it is told again', async () => {
    const orders = [addService('made'), addInstance('one', 'made')]
    await tell(...orders)
    await scene.call('DELETE', '/api/service/made')
    await scene.until('all of it is gone', async () => (await stored('made')) === undefined)
    expect(outcomes(await tell(...orders))).toEqual(['taken', 'taken'])
    expect(await stored('made')).toBeUndefined()
    expect(await scene.instance('one')).toBeUndefined()
    await tellHolding([])
    expect(await scene.store.read((reader) => reader.list(takenOrders))).toEqual([])
  })

  it('says that an instance of a service that is no more is over', async () => {
    const { answers } = await tell(addInstance('one', 'nobody'))
    expect(answers).toEqual([{ id: 'one', outcome: 'gone', reason: 'root has no such service any more' }])
  })

  it('refuses what it cannot read, and takes the rest', async () => {
    const bad = { ...addService('bad'), createdAtMs: 'yesterday' }
    const wrong = addService('wrong', { memory: -1 })
    const taken = await tell(bad, wrong, addService('good'), addInstance('one', 'wrong'), { id: 'odd', kind: 'dance' })
    expect(outcomes(taken)).toEqual(['refused', 'refused', 'taken', 'refused', 'refused'])
    expect(taken.answers[1]?.reason).toContain('memory: expected')
    expect(await stored('wrong')).toBeUndefined()
  })

  it('gives other addresses to what claims those of somebody else', async () => {
    const { id } = await scene.running('web')
    const theirs = (await scene.instance(id))?.addresses
    await tell(addService('made', {}, { addresses: theirs }), addInstance('one', 'made', { addresses: theirs }))
    expect((await scene.instance('one'))?.addresses.v4).not.toBe(theirs?.v4)
    expect((await stored('made'))?.addresses[0]?.v4).not.toBe(theirs?.v4)
    expect(await claimed(theirs?.v4)).toBe(id)
  })

  it('gives another number to what has that of another instance', async () => {
    const { serviceId } = await scene.running('web')
    await tell(addInstance('one', serviceId))
    expect((await scene.instance('one'))?.number).toBe(1)
    await scene.call('POST', `/api/service/${serviceId}/instance`)
    expect((await stored(serviceId))?.nextInstanceNumber).toBe(3)
  })

  it('ends what was removed, declares one less, and has it out of the document with its answer', async () => {
    const serviceId = await scene.serve('web', { replicas: 2 })
    await scene.until('both run', async () => [...scene.cluster('c1').running, ...scene.cluster('c2').running].length === 2)
    const [id = ''] = [...scene.cluster('c1').running.keys()]
    expect(outcomes(await tell(removal(id)))).toEqual(['taken'])
    await scene.until('it is gone', async () => (await scene.instance(id)) === undefined)
    expect(await stored(serviceId)).toMatchObject({ replicas: 1 })
    expect(outcomes(await tell(removal(id)))).toEqual(['taken'])
    expect(await stored(serviceId)).toMatchObject({ replicas: 1 })
  })

  it('gives an application another name where the service has one already', async () => {
    await scene.create('site', [documentOf('web')])
    await tell(addService('web'), addService('db', {}, { addresses: stock.services[1] }))
    const names = (await scene.store.read((reader) => reader.list(applications))).map(({ name }) => name)
    expect(names.toSorted()).toEqual(['site', 'sitec1'])
    expect((await stored('web'))?.applicationName).toBe('sitec1')
    expect((await stored('db'))?.applicationName).toBe('sitec1')
  })

  it('answers nothing else', async () => {
    let failure: unknown
    scene
      .cluster('c1')
      .ask('orders.make', {})
      .catch((thrown) => (failure = thrown))
    await scene.until('it is refused', () => failure)
    expect(failure).toMatchObject({ code: 'not-supported' })
  })
})
