import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '@oakestra/base/testing'
import type { Oak } from './oak.ts'

/** An instance as the API shows it; what tests look at. */
export interface SeenInstance {
  readonly _id: string
  readonly instance_number: number
  readonly status: string
  readonly status_detail: string
  readonly publicip: string
  readonly instance_ip: string
  readonly restarts: number
  readonly exit_code: number | null
}

export interface SeenService {
  readonly microserviceID: string
  readonly microservice_name: string
  readonly instance_list: readonly SeenInstance[]
  readonly RR_ip: string
}

export interface SeenLine {
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
}

type Method = 'GET' | 'POST' | 'DELETE'

// A first start on a busy machine makes keys, certificates and a containerd.
const CONVERGE_MS = 60_000

/** Somebody who uses the API of one installation over HTTP, while it comes and goes. */
export class ApiUser {
  readonly #oak: Oak
  #token = ''

  private constructor(oak: Oak) {
    this.#oak = oak
  }

  /** Waits until root answers, and logs in with the password of the first start. */
  static async login(oak: Oak): Promise<ApiUser> {
    const user = new ApiUser(oak)
    await until('root answers', () => user.#login(), { timeoutMs: CONVERGE_MS, intervalMs: 25 })
    return user
  }

  async call(method: Method, url: string, body?: object): Promise<Response> {
    return fetch(`${this.#oak.apiUrl}${url}`, {
      method,
      // A connection kept open to a process that was killed would fail the next call.
      headers: { authorization: `Bearer ${this.#token}`, connection: 'close', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  }

  async ok<T>(method: Method, url: string, body?: object): Promise<T> {
    const answer = await this.call(method, url, body)
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** Creates an application with these services and gives their ids by name. */
  async createApplication(name: string, services: readonly object[]): Promise<Readonly<Record<string, string>>> {
    const microservices = services.map((service) => ({
      microservice_namespace: 't',
      virtualization: 'container',
      memory: 16,
      ...service,
    }))
    const application = { application_name: name, application_namespace: 't', microservices }
    await this.ok('POST', '/api/application', { sla_version: 'v2.0', applications: [application] })
    const applications = await this.ok<readonly { application_name: string; applicationID: string }[]>('GET', '/api/applications')
    const id = applications.find((each) => each.application_name === name)?.applicationID
    const all = await this.ok<readonly SeenService[]>('GET', `/api/services/${id}`)
    return Object.fromEntries(all.map((service) => [service.microservice_name, service.microserviceID]))
  }

  deploy(serviceId: string): Promise<unknown> {
    return this.ok('POST', `/api/service/${serviceId}/instance`)
  }

  undeploy(serviceId: string): Promise<unknown> {
    return this.ok('DELETE', `/api/service/${serviceId}/instance/-1`)
  }

  service(serviceId: string): Promise<SeenService> {
    return this.ok('GET', `/api/service/${serviceId}`)
  }

  /** Waits until the statuses of all instances, in order, are these; gives the instances. */
  async sees(serviceId: string, ...statuses: readonly string[]): Promise<readonly SeenInstance[]> {
    const expected = statuses.join()
    return until(
      `the instances are [${expected}]`,
      async () => {
        const { instance_list: seen } = await this.service(serviceId)
        if (seen.map(({ status }) => status).join() === expected) return seen
        throw new Error(seen.map(({ status, status_detail }) => `${status} (${status_detail})`).join() || 'no instances')
      },
      { timeoutMs: CONVERGE_MS, intervalMs: 25 },
    )
  }

  /** Waits until root has forgotten an instance: nothing of it is left on any node. */
  async seesGone(serviceId: string, number: number): Promise<void> {
    const isGone = async () => {
      const answer = await this.call('GET', `/api/service/${serviceId}/instance/${number}`)
      if (answer.status === 404) return true
      throw new Error(await answer.text())
    }
    await until(`instance ${number} is forgotten`, isGone, { timeoutMs: CONVERGE_MS, intervalMs: 25 })
  }

  /** Waits until root and a cluster reach the only node; gives its id. */
  async seesNode(): Promise<string> {
    const connected = async () => {
      const nodes = await this.ok<readonly { id: string; state: string }[]>('GET', '/api/nodes')
      return nodes.find(({ state }) => state === 'connected')?.id
    }
    return until('the node is connected', connected, { timeoutMs: CONVERGE_MS, intervalMs: 25 })
  }

  /** What is kept of an instance's output. */
  async logs(serviceId: string, number = 0): Promise<readonly SeenLine[]> {
    const answer = await this.call('GET', `/api/service/${serviceId}/instance/${number}/logs`)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`no logs: ${answer.status} ${text}`)
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as SeenLine)
  }

  async #login(): Promise<boolean> {
    const password = (await readFile(path.join(this.#oak.dataDir, 'root', 'initial-admin-password'), 'utf8')).trim()
    const { token } = await this.ok<{ token: string }>('POST', '/api/auth/login', { username: 'Admin', password })
    this.#token = token
    return true
  }
}
