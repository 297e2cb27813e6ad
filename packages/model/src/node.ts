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
  /** Prefixes within the overlay's ranges that this machine already routes elsewhere: its subnet must avoid them. */
  readonly occupiedPrefixes: readonly string[]
  /** Address under which published ports answer. */
  readonly address: string
  readonly version: string
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
  readonly lastSeenAtMs?: number
}
