import { realClock } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { createClusterApi } from '@oakestra/cluster'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type ClusterUnit, type System, startSystem } from './start-system.ts'

const TOKEN = 'the-token-of-the-cluster'

let system: System
let admin: ApiUser
let c1: ClusterUnit
let local: LocalUser
beforeEach(async () => {
  system = await startSystem({ clusters: { c1: ['n1', 'n2'], c2: ['s1'] }, memoryMiBPerNode: 4096 })
  admin = await system.admin()
  c1 = system.cluster('c1')
  local = new LocalUser(() => c1)
})
afterEach(() => system[Symbol.asyncDispose]())

interface SeenLocally {
  readonly id: string
  readonly name: string
  readonly from: string
  readonly order?: string
  readonly instances: readonly {
    readonly id: string
    readonly number: number
    readonly state: string
    readonly from: string
    readonly added?: string
    readonly removed?: string
    readonly addresses: { readonly v4: string; readonly v6: string }
  }[]
}

interface SeenOrder {
  readonly kind: string
  readonly standing: string
  readonly reason?: string
}

/** Somebody at the cluster, who uses its own API. */
class LocalUser {
  readonly #cluster: () => ClusterUnit

  constructor(cluster: () => ClusterUnit) {
    this.#cluster = cluster
  }

  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const { id, name, unit } = this.#cluster()
    const { local: desk, connected } = unit.running
    const deps = { id, name, version: 'test', isConnected: () => connected, local: desk, localToken: TOKEN, clock: realClock }
    const api = createClusterApi(deps)
    const headers = { authorization: `Bearer ${TOKEN}` }
    const answer = await api.inject({ method, url: `/api/local/${path}`, headers, ...(payload && { payload }) })
    await api.close()
    return { status: answer.statusCode, body: answer.json<T>() }
  }

  async ok<T>(...args: Parameters<LocalUser['call']>): Promise<T> {
    const { status, body } = await this.call<T>(...args)
    if (status !== 200) throw new Error(`${args[0]} ${args[1]}: ${status} ${JSON.stringify(body)}`)
    return body
  }

  deploy(services: readonly object[], name = 'site'): Promise<readonly SeenLocally[]> {
    return this.ok('POST', 'application', documentOf(name, services))
  }

  services(): Promise<readonly SeenLocally[]> {
    return this.ok('GET', 'services')
  }

  orders(): Promise<readonly SeenOrder[]> {
    return this.ok('GET', 'orders')
  }

  async runs(id: string, count: number): Promise<SeenLocally> {
    let seen: SeenLocally | undefined
    await until(`${count} instances run for the cluster`, async () => {
      seen = (await this.services()).find((service) => service.id === id)
      const states = seen?.instances.map(({ state }) => state) ?? []
      if (states.length === count && states.every((state) => state === 'running')) return true
      throw new Error(states.join())
    })
    if (!seen) throw new Error('not there')
    return seen
  }

  async settled(): Promise<void> {
    await until('root knows everything', async () => {
      const orders = await this.orders()
      if (orders.length === 0) return true
      throw new Error(JSON.stringify(orders))
    })
  }
}

function documentOf(name: string, services: readonly object[]) {
  const microservices = services.map((service) => ({ microservice_namespace: 't', virtualization: 'container', ...service }))
  const application = { application_name: name, application_namespace: 't', application_desc: '', microservices }
  return { sla_version: 'v2.0', customerID: 'Admin', applications: [application] }
}

const web = (changes: object = {}) => ({ microservice_name: 'web', code: 'fake://run', memory: 100, vcpus: 1, ...changes })

async function cut(): Promise<void> {
  system.network.cut(c1.id)
  await until('the cluster is alone', () => !c1.unit.running.connected)
}

async function join(): Promise<void> {
  system.network.restore(c1.id)
  await system.connected()
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
  })
})
