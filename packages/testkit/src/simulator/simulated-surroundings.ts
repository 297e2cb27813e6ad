import { OakError } from '@oakestra/base'
import { seededIds, seededRandom, VirtualClock } from '@oakestra/base/testing'
import { createFakeInstanceFiles, FakeProber } from '@oakestra/node/testing'
import type { Authority } from '@oakestra/pki'
import { memoryAuthority } from '@oakestra/pki/testing'
import type { Accounts } from '@oakestra/root'
import { createMemoryStore } from '@oakestra/store/testing'
import type { RoleSurroundings, Surroundings } from '../surroundings.ts'
import { FaultyStore } from './faulty-store.ts'
import { Ledger } from './ledger.ts'
import { LedgerMachine } from './ledger-machine.ts'
import { RoleClock } from './role-clock.ts'
import { Trace } from './trace.ts'

export interface SimulatedOptions {
  readonly seed: number
  readonly keepTrace: boolean
}

// One key pair for all simulations of this process: signing is not what is tested, and making keys takes time.
let sharedAuthority: Promise<Authority> | undefined

const TUNNEL_PORT = 50_103
const CONNECT_STEP_MS = 20
const CONNECT_STEPS_MAX = 5_000

/** A world without real time, disk, network or chance: what happens in it follows from the seed alone. */
export class SimulatedSurroundings implements Surroundings {
  readonly clock = new VirtualClock()
  readonly trace: Trace
  readonly ledger: Ledger
  readonly clocks = new Map<string, RoleClock>()
  readonly stores = new Map<string, FaultyStore>()
  readonly machines = new Map<string, LedgerMachine>()
  readonly network: Surroundings['network']
  readonly #seed: number

  constructor({ seed, keepTrace }: SimulatedOptions) {
    this.#seed = seed
    this.trace = new Trace(this.clock, { isKept: keepTrace })
    this.ledger = new Ledger(this.clock)
    this.network = { clock: this.clock, random: seededRandom(seed + 1) }
  }

  of(_role: 'root' | 'cluster' | 'node', name: string): RoleSurroundings {
    const clock = new RoleClock(this.clock)
    this.clocks.set(name, clock)
    const prefix = this.clocks.size
    return { clock, random: seededRandom(this.#seed + 101 * prefix), ids: seededIds(prefix), logger: this.trace.logger(name) }
  }

  async openStore(name: string, collections: Parameters<Surroundings['openStore']>[1]): Promise<FaultyStore> {
    const store = new FaultyStore(createMemoryStore({ collections }))
    this.stores.set(name, store)
    return store
  }

  async openAccounts(): Promise<Accounts> {
    return ANYBODY
  }

  authority(): Promise<Authority> {
    sharedAuthority ??= memoryAuthority({ clock: new VirtualClock() })
    return sharedAuthority
  }

  machine(node: string): LedgerMachine {
    const machine = new LedgerMachine(node, this.ledger)
    this.machines.set(node, machine)
    return machine
  }

  transport: Surroundings['transport'] = (_kind, way) => way

  nodeOptions(name: string): ReturnType<Surroundings['nodeOptions']> {
    const tunnel = { port: TUNNEL_PORT, address: `192.0.2.${[...this.machines.keys()].indexOf(name) + 1}` }
    return { files: createFakeInstanceFiles(), prober: new FakeProber(), overlay: { tunnel } }
  }

  async waitUntil(what: string, check: () => boolean): Promise<void> {
    for (let step = 0; !check(); step += 1) {
      if (step === CONNECT_STEPS_MAX) throw new Error(`gave up waiting until ${what}`)
      await this.clock.advance(CONNECT_STEP_MS)
    }
  }
}

/** Lets everybody in: tokens are signed by threads of the platform, whose order would not follow from the seed. */
const ANYBODY: Accounts = {
  login: async () => ({ accessToken: 'somebody', refreshToken: 'somebody' }),
  refresh: async () => 'somebody',
  authenticate: async () => ({ userId: 'somebody', name: 'Admin', roles: ['Admin'], organizationId: 'root' }),
  passwords: { hash: nobodyAsks, change: nobodyAsks, requestReset: nobodyAsks, reset: nobodyAsks },
  mail: { isConfigured: false, settings: async () => undefined, change: nobodyAsks, post: () => undefined },
}

async function nobodyAsks(): Promise<never> {
  throw new OakError('not-supported', 'simulated users have no passwords')
}
