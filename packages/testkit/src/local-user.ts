import { createClusterApi } from '@oakestra/cluster'
import type { ApiUser, SeenService } from './api-user.ts'
import type { Trial } from './failures/trial.ts'

const TOKEN = 'the-token-of-the-cluster'

/** Lets virtual time pass until it is so; whoever cannot be asked yet is asked again. */
export async function untilSo(trial: Trial, what: string, check: () => unknown): Promise<void> {
  let last: unknown
  const holds = async () => {
    try {
      return Boolean(await check())
    } catch (thrown) {
      last = thrown
      return false
    }
  }
  await trial.until(what, holds).catch((cause) => {
    throw new Error(`${what}: ${last}`, { cause })
  })
}

/** Root's administrator, for whom virtual time passes while an answer is waited for. */
export class PatientAdmin {
  readonly #trial: Trial
  readonly #user: ApiUser

  constructor(trial: Trial, user: ApiUser) {
    this.#trial = trial
    this.#user = user
  }

  ok<T>(...request: Parameters<ApiUser['ok']>): Promise<T> {
    return this.#trial.answer(this.#user.ok<T>(...request))
  }

  createApplication(...application: Parameters<ApiUser['createApplication']>): Promise<Readonly<Record<string, string>>> {
    return this.#trial.answer(this.#user.createApplication(...application))
  }

  deploy(id: string): Promise<unknown> {
    return this.#trial.answer(this.#user.deploy(id))
  }

  undeploy(id: string, number?: number): Promise<unknown> {
    return this.#trial.answer(this.#user.undeploy(id, number))
  }

  async sees(id: string, ...statuses: readonly string[]): Promise<void> {
    await untilSo(this.#trial, `root says ${statuses.join()}`, async () => {
      const { instance_list: list } = await this.ok<SeenService>('GET', `/api/service/${id}`)
      if (list.map(({ status }) => status).join() === statuses.join()) return true
      throw new Error(list.map(({ status, status_detail: detail }) => `${status} (${detail})`).join() || 'no instances')
    })
  }
}

export interface SeenLocally {
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

export interface SeenOrder {
  readonly kind: string
  readonly standing: string
  readonly reason?: string
}

/** Somebody at the cluster, who uses its own API. */
export class LocalUser {
  readonly #trial: Trial
  readonly #cluster: string

  constructor(trial: Trial, cluster: string) {
    this.#trial = trial
    this.#cluster = cluster
  }

  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const { id, name, unit } = this.#trial.system.cluster(this.#cluster)
    const { local: desk, connected } = unit.running
    const deps = { id, name, version: 'test', isConnected: () => connected, local: desk, localToken: TOKEN, clock: this.#trial.clock(name) }
    const api = createClusterApi(deps)
    const headers = { authorization: `Bearer ${TOKEN}` }
    const answer = await this.#trial.answer(api.inject({ method, url: `/api/local/${path}`, headers, ...(payload && { payload }) }))
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
    await untilSo(this.#trial, `${count} instances run for the cluster`, async () => {
      seen = (await this.services()).find((service) => service.id === id)
      const states = seen?.instances.map(({ state }) => state) ?? []
      if (states.length === count && states.every((state) => state === 'running')) return true
      throw new Error(states.join())
    })
    if (!seen) throw new Error('not there')
    return seen
  }

  async settled(): Promise<void> {
    await untilSo(this.#trial, 'root knows everything', async () => {
      const orders = await this.orders()
      if (orders.length === 0) return true
      throw new Error(JSON.stringify(orders))
    })
  }
}

export function documentOf(name: string, services: readonly object[]) {
  const microservices = services.map((service) => ({ microservice_namespace: 't', virtualization: 'container', ...service }))
  const application = { application_name: name, application_namespace: 't', application_desc: '', microservices }
  return { sla_version: 'v2.0', customerID: 'Admin', applications: [application] }
}
