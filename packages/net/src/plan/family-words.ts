import { OVERLAY } from './constants.ts'
import type { NftSet } from './kernel-config.ts'

/** nft's word for the family's header. */
export const HEADER = { v4: 'ip', v6: 'ip6' } as const
/** nft's word for an address of the family. */
export const ADDRESS_TYPE = { v4: 'ipv4_addr', v6: 'ipv6_addr' } as const
/** Where an attachment says its address in the node's subnet. */
export const NAMESPACE = { v4: 'namespaceV4', v6: 'namespaceV6' } as const
/** Where an attachment says its address for life. */
export const INSTANCE = { v4: 'instanceV4', v6: 'instanceV6' } as const
/** Service and instance addresses. */
export const SEMANTIC_RANGE = { v4: OVERLAY.semanticV4, v6: OVERLAY.semanticV6 } as const

export function set(name: string, type: string, elements: readonly string[]): NftSet {
  return { kind: 'set', name, type, elements }
}

export function map(name: string, type: string, elements: readonly string[]): NftSet {
  return { kind: 'map', name, type, elements }
}
