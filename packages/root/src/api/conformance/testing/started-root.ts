import { Disposal, randomIds, realClock, silentLogger } from '@oakestra/base'
import { seededRandom } from '@oakestra/base/testing'
import { memoryAuthority } from '@oakestra/pki/testing'
import { MemoryNetwork } from '@oakestra/session/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import { openAccounts } from '../../../accounts/open-accounts.ts'
import { createRoot, ROOT_STORE_COLLECTIONS, type Root } from '../../../create-root.ts'
import type { Mail } from '../../../mail/mailer.ts'
import { clusters, type Role } from '../../../state/collections.ts'
import { FakeCluster } from '../../../testing/fake-cluster.ts'
import type { Method } from '../../route.ts'
import { memoryKeyStore } from '../../testing/api-fixture.ts'
import { decodeStrictly } from './decode-strictly.ts'

export const PASSWORD = 'correct horse battery staple'
/** One key for all, since making one takes a while. */
const keys = memoryKeyStore()

/** An answer as a client has it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What the text says; a text that is no JSON fails the test. */
  json<T = never>(): T
}

export interface Ask {
  /** Sent as bearer; an empty one sends no header. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, whatever it is. */
  readonly raw?: string | FormData
}

interface StartOptions {
  readonly origins?: readonly string[]
  readonly adminPassword?: string
  readonly host?: string
  readonly port?: number
}

/** A root that listens on a port of this machine, as clients meet it. Every answer it gives is read by a strict decoder. */
export class StartedRoot implements AsyncDisposable {
  readonly store: Store
  readonly mails: Mail[] = []
  readonly root: Root
  readonly url: string
  readonly #disposal: Disposal
  readonly #network: MemoryNetwork

  static async start({ origins, adminPassword = PASSWORD, host = '127.0.0.1', port = 0 }: StartOptions = {}): Promise<StartedRoot> {
    await using disposal = new Disposal()
    const clock = realClock
    const random = seededRandom(1)
    const network = new MemoryNetwork({ clock, random, timing: { pingMs: 50, leaseMs: 5_000 } })
    const store = disposal.use(await openSqliteStore({ file: ':memory:', collections: ROOT_STORE_COLLECTIONS }))
    const mails: Mail[] = []
    const { accounts } = await openAccounts({
      store,
      clock,
      ids: randomIds,
      keys,
      adminPassword,
      hashing: { cost: 16 },
      sendMail: async (_settings, mail) => void mails.push(mail),
    })
    const root = disposal.use(
      await createRoot({
        version: '1.2.3',
        store,
        accounts,
        authority: await memoryAuthority({ clock }),
        clusterTransport: network.parent('root', 'cluster'),
        clusterAddresses: () => ['root.test:1'],
        policy: 'bestCpuMemFit',
        clock,
        ids: randomIds,
        random,
        logger: silentLogger,
        ...(origins && { origins }),
      }),
    )
    await root.api.listen({ host, port })
    return new StartedRoot({ store, mails, root, network, disposal: disposal.move() })
  }

  private constructor(parts: { store: Store; mails: Mail[]; root: Root; network: MemoryNetwork; disposal: Disposal }) {
    const address = parts.root.api.server.address()
    if (typeof address !== 'object' || address === null) throw new Error('root does not listen')
    this.url = `http://${address.address}:${address.port}`
    this.store = parts.store
    this.mails = parts.mails
    this.root = parts.root
    this.#network = parts.network
    this.#disposal = parts.disposal
  }

  /** A cluster that runs whatever it is given, by saying so. Gives its id. */
  async addCluster(name: string): Promise<string> {
    const id = name.padEnd(24, '0')
    await this.store.write((writer) => writer.put(clusters, { id, name, location: '48.1,11.5,1000', createdAtMs: 0 }))
    const transport = () => this.#network.child({ kind: 'cluster', id }, 'root')
    const cluster = await FakeCluster.create({ id, name, transport, clock: realClock, random: seededRandom(2), memoryMiB: 10_000 })
    this.#disposal.defer(() => cluster.dispose())
    cluster.start()
    return id
  }

  async call(method: Method | 'OPTIONS', path: string, body?: unknown, { token = '', headers = {}, raw }: Ask = {}): Promise<Answer> {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const bearer: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` }
    const payload = raw ?? (body === undefined ? null : JSON.stringify(body))
    const response = await fetch(this.url + path, {
      method,
      headers: { ...type, ...bearer, ...headers },
      body: payload,
      redirect: 'manual',
    })
    const isStream = response.headers.get('content-type')?.includes('event-stream') ?? false
    if (isStream) await response.body?.cancel()
    const text = isStream ? '' : await response.text()
    const answer: Answer = { status: response.status, headers: response.headers, text, json: <T>() => JSON.parse(text) as T }
    decodeStrictly(method, path, answer)
    return answer
  }

  async login(username: string, organization = 'root', password = PASSWORD): Promise<string> {
    const answer = await this.call('POST', '/api/auth/login', { username, password, organization_name: organization })
    if (answer.status !== 200) throw new Error(answer.text)
    return answer.json<{ token: string }>().token
  }

  /** Makes an organization and its members, through the API. Gives its id. */
  async found(name: string, members: Readonly<Record<string, readonly Role[]>>): Promise<string> {
    const token = await this.login('Admin')
    const id = JSON.parse((await this.call('POST', '/api/organization/', { name }, { token })).json<string>()) as string
    const member: { user_id: string; roles: readonly Role[] }[] = []
    for (const [user, roles] of Object.entries(members)) {
      const made = await this.call(
        'POST',
        '/api/auth/register',
        { name: user, password: PASSWORD, email: `${user}@example.org` },
        { token },
      )
      if (made.status !== 200) throw new Error(made.text)
      member.push({ user_id: made.json<{ _id: { $oid: string } }>()._id.$oid, roles })
    }
    const changed = await this.call('PUT', `/api/organization/${id}`, { name, member }, { token })
    if (changed.status !== 200) throw new Error(changed.text)
    return id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposal[Symbol.asyncDispose]()
  }
}
