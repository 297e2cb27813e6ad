import type { InstanceSpec } from '@oakestra/model'

/** How it is found out whether an instance works; see `docs/descriptor.md`. */
export type HealthCheck = NonNullable<InstanceSpec['health']>

/** What is asked, and of whom. */
export interface ProbeTarget {
  readonly instanceId: string
  /** Its address in the node's subnet (IPv4): this machine reaches it there. */
  readonly address: string
  readonly probe: HealthCheck['probe']
  /** An answer that takes longer is a bad one; the one who asks counts the time. */
  readonly timeoutMs: number
}

/**
 * `unknown`: the question could not be asked, for a reason that is this machine's and not the instance's. A failed
 * question is not an answer. Reasons are half a sentence for people.
 */
export type ProbeAnswer =
  | { readonly answer: 'good' }
  | { readonly answer: 'bad'; readonly reason: string }
  | { readonly answer: 'unknown'; readonly reason: string }

/** Asks instances whether they work. */
export interface HealthProber {
  /** Asks once. Whatever was opened for it is closed before this resolves, or soon after `signal` is aborted. */
  probe(target: ProbeTarget, signal: AbortSignal): Promise<ProbeAnswer>
}
