import { Readable } from 'node:stream'
import { OakError } from '@oakestra/base'
import { recordingLogger, seededIds, VirtualClock } from '@oakestra/base/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import { NO_USAGE } from '@oakestra/wire'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { KeyStore } from '../../accounts/key-store.ts'
import { openAccounts } from '../../accounts/open-accounts.ts'
import { createPasswordHasher } from '../../accounts/passwords.ts'
import { RecordingStore } from '../../events/recording-store.ts'
import { organizations, ROOT_COLLECTIONS, type Role, users } from '../../state/collections.ts'
import { createRootApi } from '../create-root-api.ts'
import type { RootApiDeps } from '../deps.ts'
import type { Method } from '../route.ts'

const DEVELOPER: readonly Role[] = ['Application_Provider']
/** Cheap on purpose: tests hash often. */
const HASHING = { cost: 16 }

export const ADMIN_PASSWORD = 'correct horse battery staple'

/** Keys in memory; one key for all tests, since making one takes a while. */
const sharedKeys: KeyStore = memoryKeyStore()

export function memoryKeyStore(): KeyStore {
  let kept: string | undefined
  return {
    load: async () => kept,
    save: async (text) => {
      kept = text
    },
  }
}

export function openRootStore(): Promise<Store> {
  return openSqliteStore({ file: ':memory:', collections: ROOT_COLLECTIONS })
}

/** A root's API over a store in memory, with users to call it. */
export interface ApiFixture extends AsyncDisposable {
  readonly api: FastifyInstance
  readonly store: Store
  readonly clock: VirtualClock
  readonly deps: RootApiDeps
  readonly logger: ReturnType<typeof recordingLogger>
  /** An access token of a user, who is made with these roles when new. */
  tokenOf(userName: string, roles?: readonly Role[]): Promise<string>
  /** Calls as a user; `Admin` by default. */
  call(method: Method, url: string, body?: unknown, options?: { as?: string; roles?: readonly Role[] }): Promise<LightMyRequestResponse>
}

/** @param inner the store below the one that records events; one in memory when absent. The fixture closes it */
export async function createApiFixture(overrides: Partial<RootApiDeps> = {}, inner?: Store): Promise<ApiFixture> {
  const clock = new VirtualClock()
  const ids = seededIds(7)
  const logger = recordingLogger()
  const store = await RecordingStore.open({ store: inner ?? (await openRootStore()), clock, logger })
  const { accounts } = await openAccounts({ store, clock, ids, keys: sharedKeys, adminPassword: ADMIN_PASSWORD, hashing: HASHING })
  const deps: RootApiDeps = { store, events: store.log, clock, ids, logger, accounts, ...outsideWorld(), version: '1.2.3', ...overrides }
  const api = await createRootApi(deps)
  const tokens = new Map<string, string>()

  const tokenOf = async (userName: string, roles: readonly Role[] = []) => {
    const known = tokens.get(userName)
    if (known) return known
    if (userName !== 'Admin') await addUser(deps, userName, roles)
    const { accessToken } = await accounts.login({ userName, password: ADMIN_PASSWORD, organizationName: 'root', address: '127.0.0.1' })
    tokens.set(userName, accessToken)
    return accessToken
  }
  return {
    api,
    store,
    clock,
    deps,
    logger,
    tokenOf,
    async call(method, url, body, { as = 'Admin', roles = DEVELOPER } = {}) {
      const headers = { authorization: `Bearer ${await tokenOf(as, roles)}` }
      const payload = body === undefined ? {} : { payload: body as NonNullable<InjectOptions['payload']> }
      return api.inject({ method, url, headers, ...payload })
    },
    async [Symbol.asyncDispose]() {
      await api.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** No cluster, no node, no output. */
function outsideWorld(): Omit<RootApiDeps, 'store' | 'events' | 'clock' | 'ids' | 'logger' | 'accounts' | 'version'> {
  return {
    logs: { open: async () => Readable.from([]) },
    usage: () => NO_USAGE,
    samples: () => [],
    loads: () => [],
    connectedClusters: () => new Set(),
    joinTokens: {
      forCluster: async (name) => `cluster-token-of-${name}`,
      forNode: unavailable,
    },
    presence: { presence: () => 'here', awayMs: () => undefined },
    clusters: { setStanding: unavailable, remove: unavailable },
    nodes: { list: async () => [], change: unavailable, remove: unavailable },
    moves: { move: unavailable },
    unclaimed: { list: async () => [], adopt: unavailable, drop: unavailable },
  }
}

async function unavailable(): Promise<never> {
  throw new OakError('unavailable', 'the cluster is not connected')
}

async function addUser({ store, ids }: RootApiDeps, name: string, roles: readonly Role[]): Promise<void> {
  const passwordHash = await createPasswordHasher(HASHING).hash(ADMIN_PASSWORD)
  await store.write(async (writer) => {
    const id = ids.next()
    await writer.put(users, { id, name, email: `${name}@example.org`, passwordHash, createdAtMs: 0, mustChangePassword: false })
    const [root] = await writer.list(organizations, { index: 'name', equals: 'root' })
    if (root) await writer.put(organizations, { ...root, members: [...root.members, { userId: id, roles }] })
  })
}
