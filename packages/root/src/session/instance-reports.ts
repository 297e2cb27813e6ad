import type { ObservedRecords } from '@oakestra/session'
import { observedInstanceSchema, parseWire } from '@oakestra/wire'
import type { Troubles } from '../placement/troubles.ts'
import { instances, type ReportedInstance, reports } from '../state/collections.ts'
import { unclaimed } from '../unclaimed/unclaimed-instance.ts'

/**
 * What clusters say of the instances that root gave them. That one is not theirs, or not theirs any more, is no mistake:
 * a cluster that was lost tells of its copies until it has read that they are not meant to be.
 */
export function instanceReports(troubles: Pick<Troubles, 'note'>): ObservedRecords<ReportedInstance> {
  return {
    collection: reports,
    childIndex: 'clusterId',
    read: (value, clusterId) => ({ ...parseWire(observedInstanceSchema, value, 'observed instance'), clusterId }),
    childOf: (report) => report.clusterId,
    async isGivenTo(writer, report, clusterId) {
      const isGiven = (await writer.get(instances, report.instanceId))?.clusterId === clusterId
      if (isGiven) troubles.note(report, clusterId)
      return isGiven || (await writer.get(unclaimed, report.instanceId))?.clusterId === clusterId
    },
  }
}
