import type { Collection } from '@oakestra/store'

/** What a node said last of a service that it is to publish. */
export interface NodeGatewayReport {
  readonly nodeId: string
  readonly serviceId: string
  /** Why it takes no connections; absent: it does. */
  readonly fault?: string
}

export const nodeGatewayReports: Collection<NodeGatewayReport> = {
  name: 'node_gateway_reports',
  key: ({ nodeId, serviceId }) => `${nodeId} ${serviceId}`,
  indexes: { nodeId: ({ nodeId }) => nodeId, serviceId: ({ serviceId }) => serviceId },
}
