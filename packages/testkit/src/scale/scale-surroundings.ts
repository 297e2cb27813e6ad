import { realClock, realRandom } from '@oakestra/base'
import { createFakeInstanceFiles, FakeProber } from '@oakestra/node/testing'
import { memoryAuthority } from '@oakestra/pki/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { realSurroundings, type Surroundings } from '../surroundings.ts'
import { idleNetwork } from './idle-network.ts'
import type { Traffic } from './traffic.ts'

// The leases and graces of a real system: what is measured is how soon it acts.
const USUAL_TIMING = {}

/**
 * A world for thousands of nodes in one process: real time and usual leases, real stores for root and clusters. Nodes, whose
 * stores and files would be on machines of their own, keep theirs in memory.
 */
export function scaleSurroundings({ nodes, traffic }: { readonly nodes: ReadonlySet<string>; readonly traffic: Traffic }): Surroundings {
  const real = realSurroundings({ random: realRandom })
  // One for all: a thousand key pairs would only be waited for.
  const authority = memoryAuthority()
  return {
    ...real,
    network: { clock: realClock, random: realRandom, timing: USUAL_TIMING },
    openStore: async (name, collections) => (nodes.has(name) ? createMemoryStore({ collections }) : real.openStore(name, collections)),
    authority: () => authority,
    transport: (kind, way) => traffic.counted(kind, way),
    nodeOptions: () => ({ files: createFakeInstanceFiles(), prober: new FakeProber(), network: idleNetwork() }),
  }
}
