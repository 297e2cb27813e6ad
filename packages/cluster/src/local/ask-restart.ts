import { OakError } from '@oakestra/base'
import { hasEndedForGood, type InstanceSpec } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import { nodeReports, placements } from '../state.ts'
import { localRestarts } from './restart-counts.ts'

/**
 * Asks for a new process of an instance where it is.
 * @throws OakError `conflict` there is nothing that could be started again, with the reason
 */
export async function askRestart(writer: Writer, spec: InstanceSpec): Promise<void> {
  const { instanceId } = spec
  const report = await writer.get(nodeReports, instanceId)
  if (spec.oneShot) throw new OakError('conflict', 'a one-shot runs once: deploy another instance to run it again')
  if (hasEndedForGood(spec, report)) throw new OakError('conflict', 'this instance has ended for good, as its restart policy says')
  if (!(await writer.get(placements, instanceId))) throw new OakError('conflict', 'this instance has no node yet')
  const before = (await writer.get(localRestarts, instanceId))?.asked ?? 0
  // More than its node has seen, also when this store was restored from an older one.
  const seen = (report?.restartsAsked ?? 0) - (spec.restartsAsked ?? 0)
  await writer.put(localRestarts, { instanceId, asked: Math.max(before, seen) + 1 })
}
