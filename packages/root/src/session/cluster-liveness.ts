import type { Clock } from '@oakestra/base'
import { type Brake, type Departure, Liveness } from '@oakestra/session'

/** How patient root is with clusters. All may be left out; the defaults are those of decision 10. */
export interface ClusterPatience {
  /** How long a cluster may be away before what it has is started elsewhere, by how it went. */
  readonly graceMs?: Partial<Readonly<Record<Departure | 'unseen', number>>>
  readonly brake?: Partial<Brake>
  /** How long a cluster may have no node for an instance before other clusters are asked. */
  readonly refusedMs?: number
}

const FIVE_MINUTES_MS = 5 * 60_000
const GRACE_MS = { silent: FIVE_MINUTES_MS, closed: FIVE_MINUTES_MS, left: FIVE_MINUTES_MS, unseen: FIVE_MINUTES_MS }
const BRAKE: Brake = { fraction: 0.55, least: 3, holdMs: 60_000 }
/** A node that restarts is back by then. */
const REFUSED_MS = 10_000

export function createClusterLiveness(clock: Clock, onChange: (clusterId: string) => void, patience: ClusterPatience = {}): Liveness {
  const { graceMs, brake } = patience
  return new Liveness({ clock, graceMs: { ...GRACE_MS, ...graceMs }, brake: { ...BRAKE, ...brake }, onChange })
}

export function refusedMsOf({ refusedMs = REFUSED_MS }: ClusterPatience = {}): number {
  return refusedMs
}
