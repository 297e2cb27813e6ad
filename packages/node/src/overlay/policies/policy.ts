import type { ServiceAddress } from '@oakestra/model'
import type { Choice, Target } from '@oakestra/net'

/** One instance of a service that new connections may go to. */
export interface Candidate {
  readonly instanceId: string
  readonly number: number
  readonly v4: string
  readonly v6: string
  readonly nodeId: string
  /** It runs on the node that asks. */
  readonly isHere: boolean
  /** Measured round trip to its node in milliseconds; absent when it was never measured. */
  readonly rttMs?: number
  /** How busy it is, 0 to 100; absent when nobody said. */
  readonly load?: number
}

/** What a policy makes of the candidates: some of them, and how the kernel picks one for each new connection. */
export interface Picked {
  readonly choice?: Choice
  readonly targets: readonly Target[]
}

/**
 * A way to choose among the instances of a service. Pure. A new one is a file here, a line in `index.ts`, and a name in the
 * registry of address blocks (`packages/sla`).
 */
export interface Policy {
  /**
   * What an instance costs, in milliseconds, for policies that keep to the cheapest nodes; infinite where nobody knows. The
   * nodes are chosen with patience (`preference.ts`), and only candidates on them are handed to `pick`.
   */
  readonly cost?: (candidate: Candidate) => number
  /** @param candidates at least one, in the order of their numbers */
  pick(candidates: readonly Candidate[]): Picked
}

export type PolicyName = ServiceAddress['policy']

export function targetOf({ v4, v6 }: Candidate): Target {
  return { v4, v6 }
}
