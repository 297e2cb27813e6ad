import type { Node } from '@oakestra/model'
import type { Presence } from '@oakestra/session'
import type { WireNode } from '@oakestra/wire'
import { labelsOf } from '../placement/capacity.ts'

export interface NodeAtNow {
  readonly node: Node
  readonly presence: Presence
  readonly instances: number
  readonly usage: WireNode['usage']
}

/** A node as root shows it. */
export function nodeView({ node, presence, instances, usage }: NodeAtNow): WireNode {
  const { id, name, subnetV4, subnetV6, facts, lastSeenAtMs, cordoned, draining, removing } = node
  return {
    id,
    name,
    address: facts?.address ?? '',
    connected: presence === 'here',
    presence,
    cordoned: cordoned === true || draining === true,
    draining: draining === true,
    labels: [...labelsOf(node)],
    instances,
    ...(removing && { removing }),
    ...(subnetV4 && { subnetV4 }),
    ...(subnetV6 && { subnetV6 }),
    ...(facts && { facts }),
    ...(usage && { usage }),
    ...(lastSeenAtMs !== undefined && { lastSeenAtMs }),
  }
}

/** A removed node that is lost and has nothing any more: its record only waits to tell the machine, should it ever return. */
export function isMemoryOnly({ node, presence, instances }: Pick<NodeAtNow, 'node' | 'presence' | 'instances'>): boolean {
  return node.removing === true && presence === 'lost' && instances === 0
}
