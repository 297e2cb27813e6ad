import { type Paint, printable } from '../output.ts'

/** A line of a daemon's log, as the API gives it. */
export interface LogLine {
  readonly timeMs: number
  readonly level: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const ROLE_WIDTH = 7
const LEVEL_WIDTH = 5

/** When, how urgent, who, what, and what belongs to it, on one line. Times are UTC, as everywhere. */
export function controlLogLine({ timeMs, level, message, fields }: LogLine, paint: Paint): string {
  const { role = '', ...rest } = fields
  const time = paint.dim(new Date(timeMs).toISOString().replace('T', ' ').replace('Z', ''))
  const word = level.padEnd(LEVEL_WIDTH)
  const said = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const parts = [time, level === 'error' ? paint.red(word) : word, printable(String(role)).padEnd(ROLE_WIDTH), printable(message)]
  return [...parts, ...(said.length === 0 ? [] : [paint.dim(printable(said.join(' ')))])].join('  ')
}
