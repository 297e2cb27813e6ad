import type { Clock } from '@oakestra/base'
import { type Brake, Liveness, type LivenessOptions } from '@oakestra/session'

/** Changes to how soon nodes are given up. */
export interface LivenessTuning {
  readonly graceMs?: Partial<LivenessOptions['graceMs']>
  readonly brake?: Partial<Brake>
}

// Decision 10. `silent` holds the lease, for it counts from the last word; half a second more lets those that fall silent together
// be seen together. The others are what an agent needs to be started again, or upgraded.
const GRACE_MS: LivenessOptions['graceMs'] = { silent: 3_500, closed: 15_000, left: 60_000, unseen: 15_000 }
const BRAKE: Brake = { fraction: 0.55, least: 3, holdMs: 60_000 }

/** Which nodes of a cluster are here. */
export function createNodeLiveness(clock: Clock, onChange: (nodeId: string) => void, { graceMs, brake }: LivenessTuning = {}): Liveness {
  return new Liveness({ clock, graceMs: { ...GRACE_MS, ...graceMs }, brake: { ...BRAKE, ...brake }, onChange })
}
