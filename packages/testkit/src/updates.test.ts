import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type NodeUnit, type System, startSystem } from './start-system.ts'

const COUNT = 4
const POLICY = { min_ready: 0.1, deadline: 20 }
const V1 = 'fake://run?print=v1'
const V2 = 'fake://run?print=v2'
/** Ends as soon as it is started. */
const BAD = 'fake://exit?code=1'

let system: System
let admin: ApiUser
let id: string
let watch: { readonly least: () => number }
beforeEach(async () => {
  system = await startSystem({ clusters: { c1: ['n1', 'n2', 'n3'], c2: ['s1'] }, memoryMiBPerNode: 4096 })
  admin = await system.admin()
  const { web = '' } = await admin.createApplication('shop', [{ ...document(V1), replicas: COUNT }])
  id = web
  await admin.sees(id, ...Array<string>(COUNT).fill('RUNNING'))
  watch = watchAvailability()
})
afterEach(() => system[Symbol.asyncDispose]())

function document(code: string, changes: object = {}) {
  const update = { ...POLICY, ...changes }
  return { microservice_name: 'web', microservice_namespace: 't', virtualization: 'container', code, memory: 100, vcpus: 1, update }
}

interface Updated {
  readonly revision: number
  readonly rollout?: { readonly state: string; readonly detail: string }
}

const change = (code: string, changes: object = {}) => admin.ok('PUT', `/api/service/${id}`, document(code, changes))
const seen = () => admin.ok<Updated>('GET', `/api/service/${id}`)
const rolled = (state: string) =>
  until(
    `the update is ${state}`,
    async () => {
      const { rollout } = await seen()
      if (rollout?.state === state) return rollout
      throw new Error(`${rollout?.state}: ${rollout?.detail}`)
    },
    { timeoutMs: 20_000 },
  )

/** Images of everything that runs anywhere. */
const images = () => system.nodes.flatMap(({ machine }) => imagesOn(machine)).toSorted()
const imagesOn = (machine: NodeUnit['machine']) => machine.running().map((workload) => machine.workloads.get(workload)?.spec.image ?? '')
/** Instances that were started once: nobody touched them since. */
const untouched = () => {
  const started = system.nodes.flatMap(({ machine }) => machine.starts.map((start) => start.id))
  return started.filter((each, index) => started.indexOf(each) === index && started.lastIndexOf(each) === index)
}
const starts = () => system.nodes.reduce((sum, { machine }) => sum + machine.starts.length, 0)

/** Counts what runs at every change on every machine. */
function watchAvailability() {
  let least = images().length
  for (const { machine } of system.nodes)
    machine.onChange(() => {
      least = Math.min(least, images().length)
    })
  return { least: () => least }
}

describe('an update of a service', () => {
  it('replaces one instance after the other, and each once', async () => {
    await change(V2)
    await rolled('done')
    expect(images()).toEqual(Array<string>(COUNT).fill(V2))
    expect(watch.least()).toBe(COUNT - 1)
    expect(starts()).toBe(2 * COUNT)
    await admin.sees(id, ...Array<string>(COUNT).fill('RUNNING'))
  })

  it('to an image that does not work is taken back by itself, after one instance', async () => {
    await change(BAD, { deadline: 4 })
    const { detail } = await rolled('rolled-back')
    expect(detail).toContain('revision 2 failed: instance 0')
    expect(images()).toEqual(Array<string>(COUNT).fill(V1))
    expect(watch.least()).toBe(COUNT - 1)
    expect(await seen()).toMatchObject({ revision: 3 })
    expect(untouched()).toHaveLength(COUNT - 1)
  })

  it('to an image that nobody has fails by its deadline where nothing goes back', async () => {
    await change('fake://missing', { deadline: 1, roll_back: false })
    const { detail } = await rolled('failed')
    expect(detail).toContain('instance 0')
    expect(images()).toEqual(Array<string>(COUNT - 1).fill(V1))
    await admin.ok('POST', `/api/service/${id}/rollback`)
    await rolled('done')
    expect(images()).toEqual(Array<string>(COUNT).fill(V1))
  })

  it('goes on when root is restarted in the middle of it', async () => {
    await change(V2)
    await until('it has begun', () => images().includes(V2))
    await system.root.restart()
    await system.connected()
    await rolled('done')
    expect(images()).toEqual(Array<string>(COUNT).fill(V2))
    expect(watch.least()).toBe(COUNT - 1)
    expect(starts()).toBe(2 * COUNT)
  })

  it('goes on when a node is restarted in the middle of it', async () => {
    await change(V2)
    await until('it has begun', () => images().includes(V2))
    const busy = system.nodes.find(({ machine }) => machine.running().length > 0)
    await busy?.unit.restart()
    await system.connected()
    await rolled('done')
    expect(images()).toEqual(Array<string>(COUNT).fill(V2))
    expect(watch.least()).toBe(COUNT - 1)
  })

  it('goes on when a node is lost in the middle of it, which ends what it still has when it returns', async () => {
    await change(V2)
    const { nodes } = system.cluster('c1')
    const hasOld = ({ machine }: NodeUnit) => imagesOn(machine).includes(V1)
    const lost = await until('it has begun, and not everywhere', () => (images().includes(V2) ? nodes.find(hasOld) : undefined))
    system.network.cut(lost.id)
    await rolled('done')
    system.network.restore(lost.id)
    await until('only the new ones are left', () => images().join() === Array<string>(COUNT).fill(V2).join())
    await admin.sees(id, ...Array<string>(COUNT).fill('RUNNING'))
  })

  it('that is changed in the middle ends with the newest', async () => {
    await change(V2)
    await until('it has begun', () => images().includes(V2))
    const newest = 'fake://run?print=v3'
    await change(newest)
    await rolled('done')
    expect(images()).toEqual(Array<string>(COUNT).fill(newest))
    expect(watch.least()).toBe(COUNT - 1)
    expect(await seen()).toMatchObject({ revision: 3 })
  })

  it('to another cluster ends each instance where it may not be any more, then starts it there', async () => {
    const constraints = [{ type: 'direct', cluster: 'c2' }]
    await admin.ok('PUT', `/api/service/${id}`, { ...document(V2), constraints })
    await rolled('done')
    expect(imagesOn(system.node('s1').machine)).toEqual(Array<string>(COUNT).fill(V2))
    expect(images()).toHaveLength(COUNT)
    expect(watch.least()).toBe(COUNT - 1)
  })

  it('to a place that nobody has is taken back', async () => {
    const constraints = [{ type: 'direct', cluster: 'nowhere' }]
    await admin.ok('PUT', `/api/service/${id}`, { ...document(V2, { deadline: 2 }), constraints })
    const { detail } = await rolled('rolled-back')
    expect(detail).toContain('instance 0 was not ready within 2 s')
    expect(images()).toEqual(Array<string>(COUNT).fill(V1))
    expect(watch.least()).toBe(COUNT - 1)
  })

  it('of the number of instances alone replaces none', async () => {
    await admin.ok('PUT', `/api/service/${id}/replicas`, { replicas: 6 })
    await admin.sees(id, ...Array<string>(6).fill('RUNNING'))
    await admin.ok('PUT', `/api/service/${id}/replicas`, { replicas: 2 })
    await until('two are left', () => images().length === 2)
    const { instance_list: left } = await admin.sees(id, 'RUNNING', 'RUNNING')
    expect(left.map(({ instance_number }) => instance_number)).toEqual([0, 1])
    expect(starts()).toBe(6)
  })
})

describe('instances that are asked for one by one', () => {
  it('raise and lower the declared number', async () => {
    await admin.deploy(id)
    await admin.sees(id, ...Array<string>(COUNT + 1).fill('RUNNING'))
    await admin.undeploy(id, 1)
    const { instance_list: list } = await admin.sees(id, ...Array<string>(COUNT).fill('RUNNING'))
    expect(list.map(({ instance_number }) => instance_number)).toEqual([0, 2, 3, 4])
    await admin.undeploy(id)
    await admin.sees(id)
    await until('nothing runs', () => images().length === 0)
  })
})
