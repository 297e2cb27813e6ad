import { realClock, realRandom } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { createFakeInstanceFiles, FakeProber } from '@oakestra/node/testing'
import { memoryAuthority } from '@oakestra/pki/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import type { RootDoor } from '../root-door.ts'
import type { SystemOptions } from '../start-system.ts'
import { realSurroundings, type Surroundings } from '../surroundings.ts'
import { idleNetwork } from './idle-network.ts'
import type { Traffic } from './traffic.ts'

// The leases and graces of a real system: what is measured is how soon it acts.
const USUAL_TIMING = {}

export const PATIENT = { timeoutMs: 600_000 }

export interface ScaleWorld {
  /** Names of nodes by the name of their cluster. */
  readonly clusters: Readonly<Record<string, readonly string[]>>
  readonly traffic: Traffic
  /** Absent when all of root's clusters are in its process. */
  readonly rootDoor?: RootDoor
}

/** What a process with thousands of nodes is started with. */
export function scaleOptions(world: ScaleWorld): SystemOptions {
  return { clusters: world.clusters, memoryMiBPerNode: 8_192, vcpusPerNode: 8, surroundings: scaleSurroundings(world) }
}

/**
 * A world for thousands of nodes in one process: real time and usual leases, real stores for root and clusters. Nodes, whose
 * stores and files would be on machines of their own, keep theirs in memory.
 */
function scaleSurroundings({ clusters, traffic, rootDoor }: ScaleWorld): Surroundings {
  const real = realSurroundings({ random: realRandom })
  const nodes = new Set(Object.values(clusters).flat())
  // One for all: a thousand key pairs would only be waited for.
  const authority = memoryAuthority()
  return {
    ...real,
    ...(rootDoor && { rootDoor }),
    network: { clock: realClock, random: realRandom, timing: USUAL_TIMING },
    openStore: async (name, collections) => (nodes.has(name) ? createMemoryStore({ collections }) : real.openStore(name, collections)),
    authority: () => authority,
    transport: (kind, way) => traffic.counted(kind, way),
    nodeOptions: () => ({ files: createFakeInstanceFiles(), prober: new FakeProber(), network: idleNetwork() }),
    waitUntil: async (what, check) => void (await until(what, check, PATIENT)),
  }
}
