import type { ChildKind } from '@oakestra/pki'

/** How soon a hop notices a link that died silently. Both ends must agree on it. */
export interface Timing {
  /** An end that hears nothing for this long gives the connection up. */
  readonly leaseMs: number
  /** Each end sends a sign of life this often. */
  readonly pingMs: number
  /** An end whose far end is alive by datagrams, but whose connection moved no byte for this long, makes a new one. */
  readonly stallMs: number
}

/** Twice the longest pause after which a TCP that loses every second packet gets on. */
const STALL_MS = 30_000

/** A node is noticed within seconds, so that its instances move soon; a cluster runs on by itself, so its link may hesitate. */
export function defaultTiming(childKind: ChildKind): Timing {
  return { ...(childKind === 'node' ? { leaseMs: 3_000, pingMs: 1_000 } : { leaseMs: 10_000, pingMs: 3_000 }), stallMs: STALL_MS }
}

/** The timing of a hop, with what an option overrides. */
export function timingOf(childKind: ChildKind, { leaseMs, pingMs, stallMs }: Partial<Timing>): Timing {
  return {
    ...defaultTiming(childKind),
    ...(leaseMs !== undefined && { leaseMs }),
    ...(pingMs !== undefined && { pingMs }),
    ...(stallMs !== undefined && { stallMs }),
  }
}
