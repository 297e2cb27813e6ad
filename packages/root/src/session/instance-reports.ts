import type { ObservedReport } from '@oakestra/session'
import type { Reader, Writer } from '@oakestra/store'
import { observedInstanceSchema, parseWire } from '@oakestra/wire'
import { instances, reports } from '../state/collections.ts'

/** Takes over what a cluster says. Only of instances that root gave it: nobody speaks for another's. */
export async function takeReport(writer: Writer, clusterId: string, report: ObservedReport): Promise<void> {
  const said = report.put.map((value) => parseWire(observedInstanceSchema, value, 'observed instance'))
  for (const observed of said) {
    const instance = await writer.get(instances, observed.instanceId)
    if (instance?.clusterId === clusterId) await writer.put(reports, { ...observed, clusterId })
  }
  for (const id of await goneIds(writer, clusterId, report, new Set(said.map((observed) => observed.instanceId)))) {
    const before = await writer.get(reports, id)
    if (before?.clusterId === clusterId) await writer.remove(reports, id)
  }
}

async function goneIds(reader: Reader, clusterId: string, report: ObservedReport, said: ReadonlySet<string>): Promise<readonly string[]> {
  if (report.mode === 'change') return report.gone
  const before = await reader.list(reports, { index: 'clusterId', equals: clusterId })
  return before.map((known) => known.instanceId).filter((id) => !said.has(id))
}
