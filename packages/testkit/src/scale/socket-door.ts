import { realClock } from '@oakestra/base'
import { makeIdentity, PARENT_SERVER_NAME, parseJoinToken } from '@oakestra/pki'
import { createWsChildTransport, createWsJoinTransport, createWsParentTransport, type ParentTransport } from '@oakestra/session'
import { admitted, type RootDoor } from '../root-door.ts'

const HOST = '127.0.0.1'

/** Root and clusters over WebSocket and TLS on this machine, as between machines. */
export function socketDoor(): RootDoor {
  // The first time any will do; a root that was restarted is where its clusters look for it.
  let port = 0
  return {
    parent: async (authority): Promise<ParentTransport> => {
      const credentials = await authority.issueServer({ commonName: 'root', hosts: [PARENT_SERVER_NAME] })
      return {
        listen: async (handlers) => {
          const options = { childKind: 'cluster', host: HOST, port, caPem: authority.caPem, clock: realClock } as const
          const listener = await createWsParentTransport({ ...options, credentials: async () => credentials }).listen(handlers)
          port = listener.port
          return listener
        },
      }
    },
    addresses: (listening) => [`${HOST}:${listening}`],
    join: async ({ name, token, clock }) => {
      const parsed = parseJoinToken(token, { kind: 'cluster', nowMs: clock.wallMs() })
      const member = await admitted(createWsJoinTransport({ token: parsed, clock }), { kind: 'cluster', name, token, clock })
      const identity = makeIdentity(member)
      return { id: member.id, transport: createWsChildTransport({ addresses: () => parsed.addresses, identity: () => identity, clock }) }
    },
  }
}
