import { type Clock, type IdGenerator, type Logger, type Random, randomIds, realClock, silentLogger } from '@oakestra/base'
import { seededRandom, until } from '@oakestra/base/testing'
import type { NodeOptions } from '@oakestra/node'
import type { Authority } from '@oakestra/pki'
import { memoryAuthority } from '@oakestra/pki/testing'
import { type Accounts, openAccounts } from '@oakestra/root'
import { FakeMachine } from '@oakestra/runtime/testing'
import type { ChildTransport } from '@oakestra/session'
import type { MemoryNetworkOptions } from '@oakestra/session/testing'
import { openSqliteStore, type SqliteOptions, type Store } from '@oakestra/store'
import type { RootDoor } from './root-door.ts'

/** What one process is given of the world. */
export interface RoleSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly ids: IdGenerator
  readonly logger: Logger
}

/** The world a system runs in: real time and stores unless a simulation brings its own. */
export interface Surroundings {
  of(role: 'root' | 'cluster' | 'node', name: string): RoleSurroundings
  /** How root and clusters meet; in memory when absent. */
  readonly rootDoor?: RootDoor
  /** The clock and the chance of the network between processes. */
  readonly network: MemoryNetworkOptions
  /** The store of the process with this name. */
  openStore(name: string, collections: SqliteOptions['collections']): Promise<Store>
  openAccounts(store: Store, root: RoleSurroundings): Promise<Accounts>
  authority(): Promise<Authority>
  machine(node: string): FakeMachine
  /** A child's way to its parent; here it can be listened to. */
  transport(kind: 'cluster' | 'node', way: ChildTransport): ChildTransport
  /** What else its agent is given. */
  nodeOptions(node: string): Partial<NodeOptions>
  waitUntil(what: string, check: () => boolean): Promise<void>
}

export interface RealSurroundings {
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
}

export const ADMIN_PASSWORD = 'correct horse'
// Leases of a system whose clock is real and whose tests are not patient.
const TIMING = { pingMs: 50, leaseMs: 400 }

/** A world with this machine's time and stores in memory. */
export function realSurroundings({ clock = realClock, random = seededRandom(1), logger = silentLogger }: RealSurroundings): Surroundings {
  const keys = memoryKeys()
  return {
    of: (role, name) => ({ clock, random, ids: randomIds, logger: logger.child({ role, name }) }),
    network: { clock, random, timing: TIMING },
    openStore: (_name, collections) => openSqliteStore({ file: ':memory:', collections }),
    openAccounts: async (store, { ids }) => {
      const { accounts } = await openAccounts({ store, clock, ids, keys, adminPassword: ADMIN_PASSWORD, hashing: { cost: 1024 } })
      return accounts
    },
    authority: () => memoryAuthority({ clock }),
    machine: () => new FakeMachine(),
    transport: (_kind, way) => way,
    nodeOptions: () => ({}),
    waitUntil: async (what, check) => void (await until(what, check)),
  }
}

function memoryKeys() {
  let kept: string | undefined
  return {
    load: async () => kept,
    save: async (text: string) => {
      kept = text
    },
  }
}
