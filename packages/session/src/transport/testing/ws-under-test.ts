import { realClock } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import type { Authority } from '@oakestra/pki'
import { memoryAuthority, memoryIdentity } from '@oakestra/pki/testing'
import type { ChildTransport } from '../transport.ts'
import { createWsChildTransport } from '../ws-child-transport.ts'
import { createWsJoinTransport } from '../ws-join-transport.ts'
import { createWsParentTransport, type WsParentOptions } from '../ws-parent-transport.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import type { TransportUnderTest } from './transport-under-test.ts'
import { startUdpProxy } from './udp-proxy.ts'

export const FAST = { leaseMs: 500, pingMs: 100, stallMs: 1_500 }

/** A parent of nodes with an authority of its own, and children that reach it through a link that can be cut. */
export async function startWsUnderTest(options: Partial<WsParentOptions> = {}) {
  const authority = await memoryAuthority()
  let port = 1
  const inner = createWsParentTransport({ ...(await parentOptions(authority)), ...options })
  const proxy = await startTcpProxy(() => port)
  const datagrams = await startUdpProxy(proxy.port, () => port)
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
    cut: () => [proxy, datagrams].forEach((each) => each.cut()),
    restore: () => [proxy, datagrams].forEach((each) => each.restore()),
    stall: () => proxy.cut(),
    async strand() {
      // One that came later would look like that of a new connection.
      await until('the datagrams have shown themselves', () => datagrams.senders > 0)
      for (const each of [proxy, datagrams]) each.strand()
    },
    async [Symbol.asyncDispose]() {
      await datagrams[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    },
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
