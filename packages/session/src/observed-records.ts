import type { Collection, Reader, Writer } from '@oakestra/store'
import type { ObservedReport } from './parent-options.ts'

/** How a parent keeps what its children say of their items. */
export interface ObservedRecords<T> {
  readonly collection: Collection<T>
  /** Index of the collection that holds the id of the child that speaks. */
  readonly childIndex: string
  /** Makes the record out of what was said. @throws OakError `bad-request` */
  read(value: unknown, childId: string): T
  childOf(record: T): string
  /** Whether the parent gave this item to this child: nobody speaks for another's. */
  isGivenTo(writer: Writer, record: T, childId: string): Promise<boolean>
}

/** Takes over a report: what is new, what changed, and what is gone. */
export async function takeObserved<T>(writer: Writer, records: ObservedRecords<T>, childId: string, report: ObservedReport): Promise<void> {
  const { collection } = records
  const said = report.put.map((value) => records.read(value, childId))
  for (const record of said) {
    if (await records.isGivenTo(writer, record, childId)) await writer.put(collection, record)
  }
  for (const key of await goneKeys(writer, records, childId, report, new Set(said.map(collection.key)))) {
    const before = await writer.get(collection, key)
    if (before && records.childOf(before) === childId) await writer.remove(collection, key)
  }
}

/** In a report of everything, what is not said is gone. */
async function goneKeys<T>(
  reader: Reader,
  { collection, childIndex }: ObservedRecords<T>,
  childId: string,
  report: ObservedReport,
  said: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (report.mode === 'change') return report.gone
  const before = await reader.list(collection, { index: childIndex, equals: childId })
  return before.map(collection.key).filter((key) => !said.has(key))
}
