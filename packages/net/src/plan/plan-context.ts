import type { Attachment, GatewayEntry, ServiceEntry } from '../network.ts'
import type { Family, Prefix } from './addresses.ts'
import type { TunnelLink } from './kernel-config.ts'
import type { PlannedPeer } from './peers.ts'
import type { ServiceParts } from './service-parts.ts'

/**
 * All that a plan follows from but the services, which come and go beside it: the node's names and addresses, and the input in
 * canonical text.
 */
export interface Frame {
  readonly tag: string
  readonly bridge: string
  readonly table: number
  readonly subnet: { readonly v4: Prefix; readonly v6: Prefix }
  readonly gateway: { readonly v4: string; readonly v6: string }
  readonly attachments: readonly Attachment[]
  readonly gateways: readonly GatewayEntry[]
  /** Of those gateways whose service has instances; at the others nobody listens, which the machine says by itself. */
  readonly gates: readonly Gate[]
  readonly tunnel?: TunnelLink
  readonly asksForUnknown: boolean
  readonly peers: readonly PlannedPeer[]
}

/** A port of the machine that leads to a service. */
export interface Gate {
  readonly protocol: 'tcp' | 'udp'
  readonly hostPort: number
  readonly containerPort: number
  readonly service: ServiceEntry
}

/** What a plan follows from. */
export interface PlanContext {
  readonly frame: Frame
  /** Of those services that have an address of the family, in the order of their addresses. */
  readonly parts: Readonly<Record<Family, readonly ServiceParts[]>>
}

/** Remembers what follows from a frame alone: most plans share it with the one before. */
export function perFrame<Result>(compute: (frame: Frame) => Result): (frame: Frame) => Result {
  const known = new WeakMap<Frame, { readonly result: Result }>()
  return (frame) => {
    const before = known.get(frame)
    if (before) return before.result
    const result = compute(frame)
    known.set(frame, { result })
    return result
  }
}
