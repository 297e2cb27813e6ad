import type { ObservedRecords } from '@oakestra/session'
import { interestSchema, parseWire } from '@oakestra/wire'
import { nodes } from '../state.ts'
import { interestKey, interests, type NodeInterest } from './interests.ts'

// A node asks for what its instances use; ten thousand services are known to it by then, or it is not asking in earnest.
const INTERESTS_PER_NODE_MAX = 10_000

/** What nodes say they want to know. */
export const interestRecords: ObservedRecords<NodeInterest> = {
  collection: interests,
  childIndex: 'nodeId',
  read: (value, nodeId) => ({ nodeId, serviceId: parseWire(interestSchema, value, 'interest').serviceId }),
  childOf: ({ nodeId }) => nodeId,
  keyOf: (serviceId, nodeId) => interestKey(nodeId, serviceId),
  async isGivenTo(writer, _interest, nodeId) {
    if (!(await writer.get(nodes, nodeId))) return false
    return (await writer.count(interests, { index: 'nodeId', equals: nodeId })) < INTERESTS_PER_NODE_MAX
  },
}
