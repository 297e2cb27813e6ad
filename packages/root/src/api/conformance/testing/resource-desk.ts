import { until } from '@oakestra/base/testing'
import { expect } from 'vitest'
import type { Method } from '../../route.ts'
import { service } from '../../testing/documents.ts'
import { type Answer, StartedRoot } from './started-root.ts'

export type Json = Record<string, unknown>

/** A started root with a cluster, and an Admin at its resource abstractor. */
export class ResourceDesk implements AsyncDisposable {
  readonly root: StartedRoot
  readonly token: string
  /** Id of the cluster, which runs whatever it is given. */
  readonly cluster: string
  #count = 0

  static async open(): Promise<ResourceDesk> {
    const root = await StartedRoot.start()
    const token = await root.login('Admin')
    const cluster = await root.addCluster('abcdef')
    await until('the cluster is here', () => root.root.connectedClusters().has(cluster))
    return new ResourceDesk(root, token, cluster)
  }

  private constructor(root: StartedRoot, token: string, cluster: string) {
    this.root = root
    this.token = token
    this.cluster = cluster
  }

  /** A name that nothing has yet. */
  newName(prefix: string): string {
    this.#count += 1
    return `${prefix}${this.#count}`
  }

  /** A call below `/api/v1`. */
  readonly call = (method: Method, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    this.root.call(method, `/api/v1${path}`, body, { token: this.token, headers })

  /** An application of its own for each test. */
  async application(): Promise<{ readonly id: string; readonly name: string }> {
    const name = this.newName('app')
    const made = await good<{ applicationID: string }>(
      this.call('POST', '/applications/', { application_name: name, application_namespace: 't' }),
    )
    return { id: made.applicationID, name }
  }

  async job(extra: Json = {}): Promise<{ readonly id: string; readonly name: string; readonly applicationId: string }> {
    const { id: applicationId, name } = await this.application()
    const made = await good<{ microserviceID: string; job_name: string }>(
      this.call('POST', '/jobs/', { ...service('web', extra), applicationID: applicationId }),
    )
    expect(made.job_name).toBe(`${name}.t.web.t`)
    return { id: made.microserviceID, name: made.job_name, applicationId }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.root[Symbol.asyncDispose]()
  }
}

/** What an answer says, which has this status. */
export async function good<T = Json>(pending: Promise<Answer>, status = 200): Promise<T> {
  const answer = await pending
  expect(answer.status, answer.text).toBe(status)
  return answer.text === '' ? (undefined as T) : answer.json<T>()
}

/** In either form that ids have. */
export function ids(list: readonly Json[]): readonly string[] {
  return list.map(({ _id }) => (typeof _id === 'string' ? _id : (_id as { $oid: string }).$oid))
}
