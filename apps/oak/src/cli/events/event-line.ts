import type { Api } from '@oakestra/api-client'
import { type Paint, printable } from '../output.ts'

/** Words of states that need a look. */
const BAD: ReadonlySet<string> = new Set(['FAILED', 'DEAD'])
const KIND_WIDTH = 20

/** One event on one line: when, what, about what, how it changed, who, and why. Times are UTC, as everywhere. */
export function eventLine(event: Api.Event, paint: Paint): string {
  const { timeMs, kind, object, reason } = event
  const parts = [
    paint.dim(new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '')),
    printable(kind).padEnd(KIND_WIDTH),
    paint.bold(printable(object.name ?? object.id)),
    changeOf(event, paint),
    paint.dim(`by ${printable(whoOf(event))}`),
    reason === undefined ? '' : printable(reason),
  ]
  return parts.filter((part) => part !== '').join('  ')
}

/** Who did it, as people call them. */
export function whoOf({ actor }: Api.Event): string {
  const name = actor.name ?? actor.id
  return name === undefined ? actor.kind : `${actor.kind} ${name}`
}

/** The change of status, and what else the details say. */
function changeOf({ details = {} }: Api.Event, paint: Paint): string {
  const { from, to, ...rest } = details
  const others = Object.entries(rest).map(([name, value]) => `${name}=${printable(Array.isArray(value) ? value.join(',') : String(value))}`)
  return [statusOf(from, to, paint), ...others].filter((part) => part !== '').join(' ')
}

function statusOf(from: unknown, to: unknown, paint: Paint): string {
  if (typeof to !== 'string') return ''
  const word = printable(to)
  const painted = BAD.has(to) ? paint.red(word) : to === 'RUNNING' ? paint.green(word) : word
  return typeof from === 'string' ? `${printable(from)} → ${painted}` : painted
}
