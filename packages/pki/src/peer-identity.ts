import type { TLSSocket } from 'node:tls'
import { isId } from '@oakestra/base'

/** Tiers that hold a client certificate. */
export type ChildKind = 'cluster' | 'node'

export interface ChildName {
  readonly kind: ChildKind
  readonly id: string
}

/** Who a connected child is by its certificate; undefined without one that our authority vouches for. */
export function peerIdentity(socket: TLSSocket): ChildName | undefined {
  if (!socket.authorized) return undefined
  return parseChildSubject(socket.getPeerX509Certificate()?.subject ?? '')
}

/** Reads the subject of a child's certificate, like `CN=node:0123456789abcdef01234567`: this and nothing else. */
export function parseChildSubject(subject: string): ChildName | undefined {
  const [, kind, id = ''] = /^CN=(cluster|node):([0-9a-f]+)$/.exec(subject) ?? []
  if ((kind !== 'cluster' && kind !== 'node') || !isId(id)) return undefined
  return { kind, id }
}
