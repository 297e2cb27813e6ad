import { realClock } from '@oakestra/base'
import type { Authority } from '@oakestra/pki'
import { memoryAuthority, memoryIdentity } from '@oakestra/pki/testing'
import type { ChildTransport } from '../transport.ts'
import { createWsChildTransport } from '../ws-child-transport.ts'
import { createWsJoinTransport } from '../ws-join-transport.ts'
import { createWsParentTransport, type WsParentOptions } from '../ws-parent-transport.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import type { TransportUnderTest } from './transport-under-test.ts'

export const FAST = { leaseMs: 500, pingMs: 100 }

/** A parent of nodes with an authority of its own, and children that reach it through a link that can be cut. */
export async function startWsUnderTest(options: Partial<WsParentOptions> = {}) {
  const authority = await memoryAuthority()
  let port = 1
  const inner = createWsParentTransport({ ...(await parentOptions(authority)), ...options })
  const proxy = await startTcpProxy(() => port)
  const addresses = [`127.0.0.1:${proxy.port}`]
  const child = (id: string): ChildTransport => {
    const identity = memoryIdentity(authority, { kind: 'node', id })
    const transport = identity.then((known) =>
      createWsChildTransport({ addresses: () => addresses, identity: () => known, clock: realClock, ...FAST }),
    )
    return {
      connect: async (signal) => (await transport).connect(signal),
      openStream: async (streamId, signal) => (await transport).openStream(streamId, signal),
    }
  }
  const system: TransportUnderTest = {
    parent: {
      async listen(handlers) {
        const listener = await inner.listen(handlers)
        port = listener.port
        return listener
      },
    },
    child,
    join: () => createWsJoinTransport({ token: { addresses, caHash: authority.caHash }, clock: realClock }),
    cut: () => proxy.cut(),
    restore: () => proxy.restore(),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
  return { ...system, authority, addresses, realPort: () => port }
}

export async function parentOptions(authority: Authority): Promise<WsParentOptions> {
  const credentials = await authority.issueServer({ commonName: 'parent', hosts: ['oakestra-parent'] })
  return {
    childKind: 'node',
    host: '127.0.0.1',
    port: 0,
    caPem: authority.caPem,
    credentials: async () => credentials,
    clock: realClock,
    ...FAST,
  }
}
