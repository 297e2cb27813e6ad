import type { Collection, Store } from '@oakestra/store'
import { clusters, ROOT_COLLECTIONS, type Role } from '../../../state/collections.ts'
import { service, sla } from '../../testing/documents.ts'
import { PASSWORD, StartedRoot } from './started-root.ts'

/** Who asks, by the columns of the table. */
export const CALLERS: Readonly<Record<string, string>> = {
  Admin: 'Admin',
  Organization_Admin: 'chief',
  Application_Provider: 'dev',
  Infrastructure_Provider: 'infra',
  'no role': 'plain',
  'other organization': 'boss',
  anonymous: '',
}

const ORGANIZATIONS: Readonly<Record<string, Readonly<Record<string, readonly Role[]>>>> = {
  lab: {
    chief: ['Organization_Admin'],
    dev: ['Application_Provider'],
    colleague: ['Application_Provider'],
    infra: ['Infrastructure_Provider'],
    plain: [],
  },
  other: { boss: ['Organization_Admin', 'Application_Provider'] },
}

/** What belongs to one user, under the names that parameters have. */
export interface Things {
  readonly userName: string
  readonly userId: string
  readonly organizationId: string
  readonly applicationId: string
  readonly serviceId: string
}

type Snapshot = readonly (readonly [Collection<unknown>, readonly unknown[]])[]

/** Two organizations, whose people have an application each, at a root without a connected cluster. */
export class People implements AsyncDisposable {
  readonly started: StartedRoot
  readonly clusterId = 'c'.repeat(24)
  readonly #tokens = new Map<string, { readonly token: string; readonly refresh_token: string }>()
  readonly #things = new Map<string, Things>()
  #before: Snapshot = []

  static async gather(): Promise<People> {
    const people = new People(await StartedRoot.start())
    await people.#enter('Admin', 'root')
    for (const [organization, members] of Object.entries(ORGANIZATIONS)) {
      await people.started.found(organization, members)
      for (const name of Object.keys(members)) await people.#enter(name, organization)
    }
    await people.#settle()
    return people
  }

  private constructor(started: StartedRoot) {
    this.started = started
  }

  of(name: string): Things {
    const things = this.#things.get(name)
    if (!things) throw new Error(`nobody is called ${name}`)
    return things
  }

  /** Empty for nobody. */
  token(name: string, kind: 'token' | 'refresh_token' = 'token'): string {
    return this.#tokens.get(name)?.[kind] ?? ''
  }

  /** Undoes what a call did. */
  async restore(): Promise<void> {
    await this.started.store.write(async (writer) => {
      for (const [collection, documents] of this.#before) {
        const kept = new Set(documents.map((document) => collection.key(document)))
        for (const document of await writer.list(collection)) {
          if (!kept.has(collection.key(document))) await writer.remove(collection, collection.key(document))
        }
        for (const document of documents) await writer.put(collection, document)
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.started[Symbol.asyncDispose]()
  }

  async #enter(name: string, organization: string): Promise<void> {
    const login = { username: name, password: PASSWORD, organization_name: organization }
    this.#tokens.set(name, (await this.started.call('POST', '/api/auth/login', login)).json())
  }

  async #settle(): Promise<void> {
    for (const name of this.#tokens.keys()) this.#things.set(name, await this.#makeThings(name))
    // Its record alone: what asks a cluster for something is refused by its absence, not by a right.
    await this.started.store.write((writer) => writer.put(clusters, { id: this.clusterId, name: 'munich', location: '', createdAtMs: 0 }))
    this.#before = await snapshotOf(this.started.store)
  }

  async #makeThings(name: string): Promise<Things> {
    const { started } = this
    const token = this.token(name)
    const self = (await started.call('GET', `/api/user/${name}`, undefined, { token })).json<{
      _id: { $oid: string }
      organization_id: string
    }>()
    // Who must not have applications was given one.
    const maker = name === 'infra' || name === 'plain' ? 'dev' : name
    const document = sla(`app${name}`, [service('web')])
    const made = (await started.call('POST', '/api/application', document, { token: this.token(maker) })).json<
      { applicationID: string; application_name: string; microservices: string[] }[]
    >()
    const application = made.find(({ application_name }) => application_name === `app${name}`)
    const serviceId = application?.microservices[0]
    if (!application || serviceId === undefined) throw new Error(JSON.stringify(made))
    const admin = { token: this.token('Admin') }
    await started.call('PUT', `/api/application/${application.applicationID}`, { userId: name }, admin)
    await started.call('POST', `/api/service/${serviceId}/instance`, undefined, admin)
    return {
      userName: name,
      userId: self._id.$oid,
      organizationId: self.organization_id,
      applicationId: application.applicationID,
      serviceId,
    }
  }
}

function snapshotOf(store: Store): Promise<Snapshot> {
  return store.read(async (reader) => {
    const snapshot: (readonly [Collection<unknown>, readonly unknown[]])[] = []
    for (const collection of ROOT_COLLECTIONS as unknown as readonly Collection<unknown>[]) {
      snapshot.push([collection, await reader.list(collection)])
    }
    return snapshot
  })
}
