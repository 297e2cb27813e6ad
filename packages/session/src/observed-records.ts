import type { Collection, Reader, Writer } from '@oakestra/store'
import { type OverlayKind, overlaySubject } from '@oakestra/wire'
import type { ObservedReport } from './parent-options.ts'

/** How a parent keeps what its children say of their items. */
export interface ObservedRecords<T> {
  readonly collection: Collection<T>
  /** Index of the collection that holds the id of the child that speaks. */
  readonly childIndex: string
  /** Makes the record out of what was said. @throws OakError `bad-request` */
  read(value: unknown, childId: string): T
  childOf(record: T): string
  /** The key of what a child calls by `id`, its kind left out; absent: the id itself. */
  keyOf?(id: string, childId: string): string
  /** Whether the parent gave this item to this child: nobody speaks for another's. */
  isGivenTo(writer: Writer, record: T, childId: string): Promise<boolean>
}

/** Takes over what a report says of one kind of things. */
export type ObservedTaker = (writer: Writer, childId: string, report: ObservedReport) => Promise<void>

/** What there is to take: instances, which are said without a kind, and what is said with one. */
export type ObservedTakers = { readonly instance: ObservedTaker } & { readonly [Kind in OverlayKind]?: ObservedTaker }

export function takerOf<T>(records: ObservedRecords<T>): ObservedTaker {
  return (writer, childId, report) => takeObserved(writer, records, childId, report)
}

/** Takes over a report of many kinds. What only a newer child speaks of is passed over. */
export async function takeObservedByKind(writer: Writer, takers: ObservedTakers, childId: string, report: ObservedReport): Promise<void> {
  const parts = new Map<string, { put: unknown[]; gone: string[] }>(Object.keys(takers).map((kind) => [kind, { put: [], gone: [] }]))
  for (const value of report.put) parts.get(kindOf(value))?.put.push(value)
  for (const id of report.gone) {
    const subject = overlaySubject(id)
    parts.get(subject?.kind ?? 'instance')?.gone.push(subject?.id ?? id)
  }
  for (const [kind, { put, gone }] of parts) {
    if (report.mode === 'change' && put.length === 0 && gone.length === 0) continue
    await takers[kind as keyof ObservedTakers]?.(writer, childId, { ...report, put, gone })
  }
}

function kindOf(value: unknown): string {
  const isSaid = typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
  return isSaid ? String(value.kind) : 'instance'
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
  { collection, childIndex, keyOf = (id) => id }: ObservedRecords<T>,
  childId: string,
  report: ObservedReport,
  said: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (report.mode === 'change') return report.gone.map((id) => keyOf(id, childId))
  const before = await reader.list(collection, { index: childIndex, equals: childId })
  return before.map(collection.key).filter((key) => !said.has(key))
}
