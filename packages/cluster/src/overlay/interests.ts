import type { Collection } from '@oakestra/store'

/** That a node wants to know the table of a service, by its own word. */
export interface NodeInterest {
  readonly nodeId: string
  readonly serviceId: string
}

export const interestKey = (nodeId: string, serviceId: string) => `${nodeId} ${serviceId}`

export const interests: Collection<NodeInterest> = {
  name: 'interests',
  key: ({ nodeId, serviceId }) => interestKey(nodeId, serviceId),
  indexes: { nodeId: ({ nodeId }) => nodeId, serviceId: ({ serviceId }) => serviceId },
}
