import { until } from '@oakestra/base/testing'
import type { Root } from '@oakestra/root'

type Api = Root['api']

/** An instance as the API shows it; what tests look at. */
export interface SeenInstance {
  readonly _id: string
  readonly restarts: number
  readonly restarts_asked: number
  readonly instance_number: number
  readonly status: string
  readonly status_detail: string
  readonly publicip: string
  readonly logs?: string
}

export interface SeenService {
  readonly microserviceID: string
  readonly microservice_name: string
  readonly status: string
  readonly instance_list: readonly SeenInstance[]
  readonly RR_ip: string
}

export interface Answer<T> {
  readonly status: number
  readonly body: T
}

/** Somebody who uses root's API, over no wire. */
export class ApiUser {
  readonly #api: () => Api
  readonly token: string

  private constructor(api: () => Api, token: string) {
    this.#api = api
    this.token = token
  }

  static async login(api: () => Api, username: string, password: string): Promise<ApiUser> {
    const answer = await api().inject({ method: 'POST', url: '/api/auth/login', payload: { username, password } })
    if (answer.statusCode !== 200) throw new Error(`login failed: ${answer.body}`)
    return new ApiUser(api, answer.json<{ token: string }>().token)
  }

  async call<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object): Promise<Answer<T>> {
    const headers = { authorization: `Bearer ${this.token}` }
    const answer = await this.#api().inject({ method, url, headers, ...(payload && { payload }) })
    return { status: answer.statusCode, body: answer.json<T>() }
  }

  async ok<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object): Promise<T> {
    const answer = await this.call<T>(method, url, payload)
    if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  /** Creates an application with these services and gives their ids by name. */
  async createApplication(name: string, services: readonly object[]): Promise<Readonly<Record<string, string>>> {
    const microservices = services.map((service) => ({
      microserviceID: '',
      microservice_namespace: 't',
      virtualization: 'container',
      ...service,
    }))
    const application = { application_name: name, application_namespace: 't', application_desc: '', microservices }
    await this.ok('POST', '/api/application', { sla_version: 'v2.0', customerID: 'Admin', applications: [application] })
    const applications = await this.ok<readonly { application_name: string; applicationID: string }[]>('GET', '/api/applications')
    const id = applications.find((each) => each.application_name === name)?.applicationID
    const all = await this.ok<readonly SeenService[]>('GET', `/api/services/${id}`)
    return Object.fromEntries(all.map((service) => [service.microservice_name, service.microserviceID]))
  }

  deploy(serviceId: string): Promise<unknown> {
    return this.ok('POST', `/api/service/${serviceId}/instance`)
  }

  undeploy(serviceId: string, number = -1): Promise<unknown> {
    return this.ok('DELETE', `/api/service/${serviceId}/instance/${number}`)
  }

  service(serviceId: string): Promise<SeenService> {
    return this.ok('GET', `/api/service/${serviceId}`)
  }

  /** Waits until the statuses of all instances, in order, are these. */
  async sees(serviceId: string, ...statuses: readonly string[]): Promise<SeenService> {
    const expected = statuses.join()
    let seen: SeenService | undefined
    await until(`the instances are [${expected}]`, async () => {
      seen = await this.service(serviceId)
      const now = seen.instance_list.map(({ status }) => status).join()
      if (now === expected) return true
      throw new Error(seen.instance_list.map(({ status, status_detail }) => `${status} (${status_detail})`).join() || 'no instances')
    })
    return seen ?? this.service(serviceId)
  }
}
