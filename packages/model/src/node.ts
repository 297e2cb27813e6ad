import type { GeoPoint, NetworkCoordinates } from './geo.ts'
import type { TunnelFacts } from './overlay.ts'

/** What a node tells its cluster about the machine it is. */
export interface NodeFacts {
  readonly name: string
  readonly architecture: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly storageFreeMiB: number
  readonly vgpus: number
  /** Words a descriptor may name in `virtualization`, with the runtime behind each being ready. */
  readonly virtualizations: readonly string[]
  /** For each word that is switched on here and does not work, a sentence that says why; absent when there is none. */
  readonly faults?: Readonly<Record<string, string>>
  /** Prefixes within the overlay's ranges that this machine already routes elsewhere: its subnet must avoid them. */
  readonly occupiedPrefixes: readonly string[]
  /** Address under which published ports answer. */
  readonly address: string
  readonly version: string
  /** Carried by configuration; `key=value`. */
  readonly labels?: readonly string[]
  readonly addons?: readonly string[]
  readonly csiDrivers?: readonly string[]
  readonly location?: GeoPoint
  readonly coordinates?: NetworkCoordinates
  /** Absent: it speaks to no other machine. */
  readonly tunnel?: TunnelFacts
}

/** A node as its cluster keeps it. */
export interface Node {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  /** Its share of the overlay, kept for life; absent until it first said what it is. */
  readonly subnetV4?: string
  readonly subnetV6?: string
  readonly facts?: NodeFacts
  /** Address that its session comes from. */
  readonly seenAddress?: string
  readonly lastSeenAtMs?: number
  /** Set by an operator: it gets no new instances. */
  readonly cordoned?: boolean
  /** Set by an operator: what it has is moved to other nodes. Implies `cordoned`. */
  readonly draining?: boolean
  /** Set when it was removed, until nothing that it still has to be told is left. */
  readonly removing?: boolean
  /** Set by an operator; `key=value`, beside those of its configuration. */
  readonly labels?: readonly string[]
}
