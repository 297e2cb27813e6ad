import type { DisconnectPolicy } from '@oakestra/sla'

/** What `Liveness` says about a cluster. */
export interface Waiting {
  patienceMs(clusterId: string, afterMs?: number): number | undefined
}

export interface PatienceRequest {
  readonly clusterId: string
  readonly disconnect: DisconnectPolicy
  readonly stopGraceMs: number
  /** An operator wants it elsewhere, or wants the cluster gone. */
  readonly isSentAway: boolean
}

/** When a service that ends itself does not say after how long: the longest that a cluster may be away. */
const STOP_AFTER_MS = 5 * 60_000
/** What a child that ends an instance by itself heard last may be this much younger than what its parent heard: a lease. */
const LEASE_MS = 10_000

/**
 * Milliseconds until another cluster may start what this one has, by the service's own wish: 0 for now; undefined while
 * the cluster is here, or when nobody else ever may.
 */
export function patienceOf(waiting: Waiting, { clusterId, disconnect, stopGraceMs, isSentAway }: PatienceRequest): number | undefined {
  const { action, afterMs, siteOnly } = disconnect
  if (siteOnly) return undefined
  switch (action) {
    case 'replace':
      return waiting.patienceMs(clusterId, afterMs)
    case 'keep':
      return isSentAway ? waiting.patienceMs(clusterId) : undefined
    case 'stop':
      return waiting.patienceMs(clusterId, (afterMs ?? STOP_AFTER_MS) + LEASE_MS + stopGraceMs)
  }
}
