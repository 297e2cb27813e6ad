import type { Api } from '@oakestra/api-client'
import type { LogEntry } from './log-buffer.ts'

/** Colours and movements of terminals; control characters that would disturb a line. */
// oxlint-disable-next-line no-control-regex
const TERMINAL = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g

/** A line of the API as it is shown. Pure. */
export function readEntry(line: Api.LogLine): Omit<LogEntry, 'key'> {
  return { timeMs: Date.parse(line.time), stream: line.stream, text: line.line.replaceAll(TERMINAL, '') }
}
