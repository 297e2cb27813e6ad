import type { ChildKind } from '@oakestra/pki'

/** How soon a hop notices a link that died silently. Both ends must agree on it. */
export interface Timing {
  /** An end that hears nothing for this long gives the connection up. */
  readonly leaseMs: number
  /** Each end sends a sign of life this often. */
  readonly pingMs: number
}

/** A node is noticed within seconds, so that its instances move soon; a cluster runs on by itself, so its link may hesitate. */
export function defaultTiming(childKind: ChildKind): Timing {
  return childKind === 'node' ? { leaseMs: 3_000, pingMs: 1_000 } : { leaseMs: 10_000, pingMs: 3_000 }
}
