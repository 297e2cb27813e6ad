export const LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type Level = (typeof LEVELS)[number]

/** One line of a daemon's log. */
export interface LogLine {
  readonly timeMs: number
  readonly level: Level
  readonly message: string
  /** `role`, `controller`, `instance` and whatever else was said. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** What somebody looks for. Every part given must be met. */
export interface LogQuery {
  readonly sinceMs?: number
  /** Lines before this; for the page before the oldest that was seen. */
  readonly beforeMs?: number
  readonly levels?: readonly Level[]
  readonly role?: string
  /** Found in the message or in a field, in either case of letters. */
  readonly text?: string
}

/** Reads a line as the daemons write it; `undefined` for what is none, such as the half of one after a power cut. */
export function parseLogLine(text: string): LogLine | undefined {
  try {
    const { time, level, msg, ...fields } = JSON.parse(text) as Record<string, unknown>
    const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
    const known = LEVELS.find((each) => each === level)
    if (!known || Number.isNaN(timeMs)) return undefined
    return { timeMs, level: known, message: String(msg), fields }
  } catch {
    return undefined
  }
}

/** True when a line is what somebody looks for. */
export function matches(line: LogLine, { sinceMs, beforeMs, levels, role, text }: LogQuery): boolean {
  if (sinceMs !== undefined && line.timeMs < sinceMs) return false
  if (beforeMs !== undefined && line.timeMs >= beforeMs) return false
  if (levels && !levels.includes(line.level)) return false
  if (role !== undefined && line.fields['role'] !== role) return false
  return text === undefined || holds(line, text.toLowerCase())
}

function holds({ message, fields }: LogLine, text: string): boolean {
  return message.toLowerCase().includes(text) || JSON.stringify(fields).toLowerCase().includes(text)
}
