import type { Attachment, GatewayEntry, ServiceEntry } from '../network.ts'
import type { Family, Prefix } from './addresses.ts'
import type { TunnelLink } from './kernel-config.ts'
import type { PlannedPeer } from './peers.ts'
import type { ServiceParts } from './service-parts.ts'

/** What the parts of the plan share: the node's names and addresses, and the input in canonical text. */
export interface PlanContext {
  readonly tag: string
  readonly bridge: string
  readonly table: number
  readonly subnet: { readonly v4: Prefix; readonly v6: Prefix }
  readonly gateway: { readonly v4: string; readonly v6: string }
  readonly attachments: readonly Attachment[]
  readonly services: readonly ServiceEntry[]
  /** Of those services that have an address of the family, in their order. */
  readonly parts: Readonly<Record<Family, readonly ServiceParts[]>>
  readonly gateways: readonly GatewayEntry[]
  readonly tunnel?: TunnelLink
  readonly asksForUnknown: boolean
  readonly peers: readonly PlannedPeer[]
}
