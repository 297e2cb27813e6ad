import type { InstanceSpec } from '@oakestra/model'
import type { Collection } from '@oakestra/store'

/**
 * What a cluster runs and this store knows no wish for, because it is from the past or the cluster is new to this root. It is part of the
 * cluster's document and goes on until an operator adopts or drops it; nobody places or moves it. Decision 10, "A store from the past".
 */
export interface UnclaimedInstance {
  readonly instanceId: string
  readonly serviceId: string
  readonly clusterId: string
  /** As the cluster has it, with the addresses that are claimed for it. */
  readonly spec: InstanceSpec
  readonly seenAtMs: number
}

export const unclaimed: Collection<UnclaimedInstance> = {
  name: 'unclaimed_instances',
  key: ({ instanceId }) => instanceId,
  indexes: { clusterId: ({ clusterId }) => clusterId, serviceId: ({ serviceId }) => serviceId },
}
