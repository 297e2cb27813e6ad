import type { LogEntry, LogQuery } from '../logs.ts'
import type { Collector } from './collector.ts'
import { parseEntry } from './cri-format.ts'
import { Cursor } from './cursor.ts'
import { tailPosition } from './tail.ts'

const NEWLINE = 0x0a

/** Entries of one log, read from its files no faster than they are asked for: nothing waits in memory. */
export async function* readEntries(
  collector: Collector,
  query: LogQuery,
  options: { readonly signal: AbortSignal; readonly nowMs: () => number },
): AsyncGenerator<LogEntry, void> {
  const { signal, nowMs } = options
  const sinceMs = query.sinceMs ?? Number.NEGATIVE_INFINITY
  const start = await tailPosition(collector.places, collector.visible, query.tail)
  await using cursor = new Cursor(collector.places, start, nowMs)
  while (!signal.aborted) {
    const visible = collector.visible
    const bytes = await cursor.next(visible)
    for (const entry of bytes ? parseEntries(bytes) : []) {
      if (entry.timeMs >= sinceMs) yield entry
      if (signal.aborted) return
    }
    if (bytes) continue
    if (!query.follow || collector.isClosed) return
    await collector.changed(visible, signal)
  }
}

function* parseEntries(bytes: Buffer): Generator<LogEntry> {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at)
    const entry = parseEntry(bytes.subarray(at, end))
    // Anything else is damage, of a disk or by a hand: what is readable is shown.
    if (entry) yield entry
    at = end + 1
  }
}
