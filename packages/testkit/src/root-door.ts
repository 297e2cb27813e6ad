import { generateKeyPairSync } from 'node:crypto'
import type { Clock } from '@oakestra/base'
import { type Authority, type ChildKind, makeSigningRequest, parseJoinToken } from '@oakestra/pki'
import type { ChildTransport, JoinTransport, ParentTransport } from '@oakestra/session'
import type { MemoryNetwork } from '@oakestra/session/testing'

/** How root and its clusters meet. */
export interface RootDoor {
  /** What root listens with. */
  parent(authority: Authority): Promise<ParentTransport>
  /** What tokens say about where root is. @param port it listens on */
  addresses(port: number): readonly string[]
  /** Joins a cluster by its token; gives its way to root. */
  join(wish: ClusterWish): Promise<{ readonly id: string; readonly transport: ChildTransport }>
}

export interface ClusterWish {
  readonly name: string
  readonly token: string
  readonly clock: Clock
}

interface Wish extends ClusterWish {
  readonly kind: ChildKind
}

/** What a child has once it was let in. */
interface Membership {
  readonly id: string
  readonly keyPem: string
  readonly certificatePem: string
  readonly caPem: string
}

const JOIN_TIMEOUT_MS = 10_000
const MEMORY_ADDRESS = 'root'

/** Root and clusters in one process. */
export function memoryDoor(network: MemoryNetwork): RootDoor {
  return {
    parent: async () => network.parent(MEMORY_ADDRESS, 'cluster'),
    addresses: () => ['root.test:1'],
    join: async (wish) => {
      const { id } = await admitted(network.joiner(MEMORY_ADDRESS), { ...wish, kind: 'cluster' })
      return { id, transport: network.child({ kind: 'cluster', id }, MEMORY_ADDRESS) }
    },
  }
}

/** Joins by token, through the parent's real admission. */
export async function admitted(way: JoinTransport, { kind, name, token, clock }: Wish): Promise<Membership> {
  const { id: tokenId, secret } = parseJoinToken(token, { kind, nowMs: clock.wallMs() })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const request = { tokenId, secret, kind, name, csrPem: makeSigningRequest(keyPem, kind) }
  return { keyPem, ...(await way.join(request, AbortSignal.timeout(JOIN_TIMEOUT_MS))) }
}
