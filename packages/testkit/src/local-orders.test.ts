import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Trial } from './failures/trial.ts'
import { documentOf, LocalUser, PatientAdmin, untilSo } from './local-user.ts'
import type { ClusterUnit, System } from './start-system.ts'

let trial: Trial
let system: System
let admin: PatientAdmin
let c1: ClusterUnit
let local: LocalUser
beforeEach(async () => {
  trial = await Trial.open({ clusters: { c1: ['n1', 'n2'], c2: ['s1'] }, memoryMiBPerNode: 4096 })
  system = trial.system
  admin = new PatientAdmin(trial, await trial.answer(system.admin()))
  c1 = system.cluster('c1')
  local = new LocalUser(trial, 'c1')
})
afterEach(() => trial[Symbol.asyncDispose]())

const until = (what: string, check: () => unknown) => untilSo(trial, what, check)

const web = (changes: object = {}) => ({ microservice_name: 'web', code: 'fake://run', memory: 100, vcpus: 1, ...changes })

async function cut(): Promise<void> {
  system.network.cut(c1.id)
  await until('the cluster is alone', () => !c1.unit.running.connected)
}

async function join(): Promise<void> {
  system.network.restore(c1.id)
  await until('everything is connected', () => system.isConnected)
}

const starts = () => system.nodes.flatMap(({ machine }) => machine.starts.map(({ id }) => id))
const running = () => system.nodes.flatMap(({ machine }) => machine.running())

/** Where each instance ran and how often it was started must not change while this happens. */
async function untouched(work: () => Promise<void>): Promise<void> {
  const before = { starts: starts(), running: running() }
  await work()
  expect(running().toSorted()).toEqual(before.running.toSorted())
  expect(starts()).toEqual(before.starts)
}

interface RootService {
  readonly microserviceID: string
  readonly microservice_name: string
  readonly replicas?: number
  readonly app_name?: string
  readonly instance_list: readonly { readonly _id: string; readonly instance_number: number; readonly status: string }[]
}

const atRoot = () => admin.ok<readonly RootService[]>('GET', '/api/services/')
const rootService = async (id: string) => (await atRoot()).find(({ microserviceID }) => microserviceID === id)

/** A service of root with two instances in the cluster, which is cut off then. */
async function cutWithRootService(changes: object = {}): Promise<string> {
  const only = { constraints: [{ type: 'clusters', allowed: ['c1'] }] }
  const { web: id = '' } = await admin.createApplication('shop', [web({ ...only, ...changes })])
  if (!('replicas' in changes)) for (let count = 0; count < 2; count += 1) await admin.deploy(id)
  await admin.sees(id, 'RUNNING', 'RUNNING')
  await cut()
  return id
}

const numbers = (service: { readonly instances: readonly { readonly number: number }[] } | undefined) =>
  service?.instances.map(({ number }) => number)
const rootNumbers = (service: RootService | undefined) =>
  service?.instance_list.map((each) => each.instance_number).toSorted((a, b) => a - b)

describe('a cluster that is cut off from root', () => {
  it('starts what is deployed at it, and root takes it over without touching it', async () => {
    await cut()
    const [made] = await local.deploy([web({ replicas: 2, port: '8080:80' })])
    const id = made?.id ?? ''
    const seen = await local.runs(id, 2)
    expect(seen).toMatchObject({ name: 'site.t.web.t', from: 'here', order: 'waiting' })
    await untouched(async () => {
      await join()
      await local.settled()
      await admin.sees(id, 'RUNNING', 'RUNNING')
    })
    const service = await rootService(id)
    expect(service?.instance_list.map(({ _id }) => _id).toSorted()).toEqual(seen.instances.map((each) => each.id).toSorted())
    expect(service).toMatchObject({ replicas: 2 })
    expect((await local.services())[0]).toMatchObject({ from: 'root' })
    // It is a service like any other from now on.
    await admin.undeploy(id)
    await until('it is gone', () => running().length === 0)
  })

  it('scales what root wants up and down, with numbers that root never gives', async () => {
    const id = await cutWithRootService({ replicas: 2 })
    await local.ok('PUT', `service/${id}/replicas`, { replicas: 4 })
    expect(numbers(await local.runs(id, 4))).toEqual([0, 1, 1_000_000, 1_000_001])
    await local.ok('PUT', `service/${id}/replicas`, { replicas: 3 })
    await until('one less runs', () => running().length === 3)
    await untouched(async () => {
      await join()
      await local.settled()
      await admin.sees(id, 'RUNNING', 'RUNNING', 'RUNNING')
    })
    expect(await rootService(id)).toMatchObject({ replicas: 3 })
    await admin.deploy(id)
    await admin.sees(id, ...Array<string>(4).fill('RUNNING'))
    expect(rootNumbers(await rootService(id))).toEqual([0, 1, 2, 1_000_000])
    await admin.undeploy(id, 1_000_000)
    await admin.sees(id, 'RUNNING', 'RUNNING', 'RUNNING')
  })

  it('ends instances of root, and none of them comes back', async () => {
    const id = await cutWithRootService({ replicas: 2 })
    await local.ok('DELETE', `service/${id}/instance/0`)
    await until('it has ended', () => running().length === 1)
    await trial.stop('c1')
    await trial.start('c1')
    await untouched(async () => {
      await join()
      await local.settled()
      await admin.sees(id, 'RUNNING')
    })
    const service = await rootService(id)
    expect(rootNumbers(service)).toEqual([1])
    expect(service).toMatchObject({ replicas: 1 })
    expect((await local.call('DELETE', `service/${id}/instance/7`)).status).toBe(404)
  })

  it('remembers all of it when it is restarted meanwhile', async () => {
    await cut()
    const [made] = await local.deploy([web()])
    const id = made?.id ?? ''
    await local.runs(id, 1)
    await untouched(async () => {
      await trial.stop('c1')
      await trial.start('c1')
      await until('the nodes are back', () => c1.unit.running.connectedNodes().size === 2)
      await local.runs(id, 1)
    })
    await local.ok('POST', `service/${id}/instance`)
    const seen = await local.runs(id, 2)
    const addresses = seen.instances.map((each) => each.addresses.v4)
    expect(new Set(addresses).size).toBe(2)
    expect(numbers(seen)).toEqual([0, 1])
    await untouched(async () => {
      await join()
      await local.settled()
      await admin.sees(id, 'RUNNING', 'RUNNING')
    })
  })

  it('forgets what was taken back before root heard of it', async () => {
    await cut()
    const [made] = await local.deploy([web({ replicas: 2 })])
    await local.runs(made?.id ?? '', 2)
    await local.ok('DELETE', `service/${made?.id}/instance/-1`)
    await until('nothing is left of it', async () => running().length === 0 && (await local.orders()).length === 0)
    expect(await local.services()).toEqual([])
    await join()
    expect(await atRoot()).toEqual([])
  })

  it('starts what is deployed when a node dies, elsewhere', async () => {
    await cut()
    const [made] = await local.deploy([web()])
    const { instances } = await local.runs(made?.id ?? '', 1)
    const home = system.nodes.find(({ machine }) => machine.running().includes(instances[0]?.id ?? ''))
    system.network.cut(home?.id ?? '')
    const other = system.nodes.find((node) => node !== home && node.name !== 's1')
    await until('another node runs it', () => other?.machine.running().length === 1)
  })
})

describe('when root is back', () => {
  it('and has removed the service meanwhile, instances of it end', async () => {
    const id = await cutWithRootService()
    await local.ok('POST', `service/${id}/instance`)
    await local.runs(id, 3)
    await admin.ok('DELETE', `/api/service/${id}`)
    await join()
    await until('nothing is left of it', () => running().length === 0)
    await until('it says why', async () => (await local.orders()).some(({ standing }) => standing === 'over'))
    expect((await local.orders())[0]?.reason).toContain('no such service')
  })

  it('and both have removed the same, that is no news', async () => {
    const id = await cutWithRootService({ replicas: 2 })
    await local.ok('DELETE', `service/${id}/instance/1`)
    await admin.undeploy(id, 1)
    await join()
    await local.settled()
    await admin.sees(id, 'RUNNING')
    expect(await rootService(id)).toMatchObject({ replicas: 1 })
  })

  it('and has scaled the same service, both count', async () => {
    const id = await cutWithRootService({ replicas: 2 })
    await local.ok('POST', `service/${id}/instance`)
    await local.runs(id, 3)
    await admin.ok('PUT', `/api/service/${id}/replicas`, { replicas: 3 })
    await join()
    await local.settled()
    await admin.sees(id, ...Array<string>(4).fill('RUNNING'))
    expect(await rootService(id)).toMatchObject({ replicas: 4 })
  })

  it('and has updated the service meanwhile, what was added follows', async () => {
    const id = await cutWithRootService({ replicas: 2 })
    await local.ok('POST', `service/${id}/instance`)
    await local.runs(id, 3)
    const constraints = [{ type: 'clusters', allowed: ['c1'] }]
    await admin.ok('PUT', `/api/service/${id}`, {
      ...web({ code: 'fake://run?print=v2', update: { min_ready: 0.1 }, constraints }),
      microservice_namespace: 't',
      virtualization: 'container',
    })
    await join()
    await local.settled()
    const images = () => system.nodes.flatMap(({ machine }) => machine.running().map((each) => machine.workloads.get(each)?.spec.image))
    await until('all have the new image', () => images().join() === Array<string>(3).fill('fake://run?print=v2').join())
  })

  it('and has the same application with the same service, there are two of them', async () => {
    await cutWithRootService()
    const [made] = await local.deploy([web()], 'site')
    const [other] = await local.deploy([web({ microservice_name: 'db' })], 'shop')
    await admin.createApplication('site', [web()])
    await local.runs(made?.id ?? '', 1)
    await untouched(async () => {
      await join()
      await local.settled()
    })
    const names = await admin.ok<readonly { application_name: string }[]>('GET', '/api/applications')
    expect(names.map((each) => each.application_name).toSorted()).toEqual(['shop', 'site', 'sitec1'])
    expect(await rootService(other?.id ?? '')).toMatchObject({ microservice_name: 'db' })
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14])('and dies at its act %i after the greeting, everything is taken once', async (acts) => {
    await cut()
    const [made] = await local.deploy([web({ replicas: 2 })])
    const id = made?.id ?? ''
    await local.runs(id, 2)
    await untouched(async () => {
      let isDead = false
      // Greeting, taking, answering, and what follows are each some of these.
      system.root.fence.killAt(acts, () => {
        isDead = true
      })
      system.network.restore(c1.id)
      await until('root dies', () => isDead)
      await trial.kill('root')
      await trial.start('root')
      await until('everything is connected', () => system.isConnected)
      await local.settled()
      await admin.sees(id, 'RUNNING', 'RUNNING')
    })
    expect((await rootService(id))?.instance_list).toHaveLength(2)
  })
})

describe('the API of a cluster', () => {
  it('says everything that is wrong with a document, and changes nothing', async () => {
    const wrong = { microservice_name: 'no good', code: '', memory: -1 }
    const { status, body } = await local.call<{ errors: readonly { path: string }[] }>('POST', 'application', documentOf('site', [wrong]))
    expect(status).toBe(422)
    expect(body.errors.map(({ path }) => path)).toContain('applications[0].microservices[0].memory')
    expect(body.errors.length).toBeGreaterThan(1)
    const address = await local.call<{ message: string }>(
      'POST',
      'application',
      documentOf('site', [web({ addresses: { rr_ip: '10.30.0.9' } })]),
    )
    expect(address).toMatchObject({ status: 422, body: { message: expect.stringContaining('only root gives addresses') } })
    expect(await local.orders()).toEqual([])
  })

  it('gives no more than root set aside, and all of it again', async () => {
    await cut()
    const [made] = await local.deploy([web({ memory: 1, vcpus: 0 })])
    const id = made?.id ?? ''
    const many = await local.call<{ message: string }>('PUT', `service/${id}/replicas`, { replicas: 33 })
    expect(many).toMatchObject({ status: 429, body: { message: expect.stringContaining('set aside') } })
    expect(await local.orders()).toHaveLength(2)
    await local.ok('PUT', `service/${id}/replicas`, { replicas: 32 })
    await local.ok('PUT', `service/${id}/replicas`, { replicas: 0 })
    await until('nothing runs', async () => running().length === 0 && (await local.orders()).length === 1)
    await local.ok('PUT', `service/${id}/replicas`, { replicas: 32 })
    await local.runs(id, 32)
  })

  it('shows what an instance prints', async () => {
    await cut()
    const [made] = await local.deploy([web({ code: 'fake://run?print=hello' })])
    await local.runs(made?.id ?? '', 1)
    const line = await local.ok<{ line: string }>('GET', `service/${made?.id}/instance/0/logs`)
    expect(line.line).toBe('hello')
    expect((await local.call('GET', `service/${made?.id}/instance/5/logs`)).status).toBe(404)
  })

  it('also works while root is there, and cordons nodes', async () => {
    const [made] = await local.deploy([web()])
    await local.settled()
    await admin.sees(made?.id ?? '', 'RUNNING')
    const [node] = await local.ok<readonly { id: string; cordoned: boolean }[]>('GET', 'nodes')
    expect(await local.ok('PATCH', `nodes/${node?.id}`, { cordoned: true })).toMatchObject({ cordoned: true })
  })
})
