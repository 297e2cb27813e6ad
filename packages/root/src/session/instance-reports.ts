import type { ObservedRecords } from '@oakestra/session'
import { observedInstanceSchema, parseWire } from '@oakestra/wire'
import { instances, type ReportedInstance, reports } from '../state/collections.ts'

/** What clusters say of the instances that root gave them. */
export const instanceReports: ObservedRecords<ReportedInstance> = {
  collection: reports,
  childIndex: 'clusterId',
  read: (value, clusterId) => ({ ...parseWire(observedInstanceSchema, value, 'observed instance'), clusterId }),
  childOf: (report) => report.clusterId,
  isGivenTo: async (writer, { instanceId }, clusterId) => (await writer.get(instances, instanceId))?.clusterId === clusterId,
}
