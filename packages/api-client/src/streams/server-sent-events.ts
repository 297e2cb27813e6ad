import { LIMITS, OakError } from '@oakestra/base'
import type { ByteStream } from '../fetch.ts'
import { textLines } from './text-lines.ts'

/** One event of a `text/event-stream` (html.spec.whatwg.org, 9.2). */
export interface ServerEvent {
  /** Of this event or the last one that had one: where a new connection goes on. Empty before the first. */
  readonly id: string
  /** `message` when the server names none. */
  readonly type: string
  readonly data: string
}

/** Reads events; comments, which keep a connection alive, and events without data are left out. @throws OakError `limit-exceeded` */
export async function* serverSentEvents(stream: ByteStream): AsyncGenerator<ServerEvent, void, void> {
  const lengthMax = LIMITS.sessionMessageBytes
  let id = ''
  let type = ''
  let data: string[] = []
  for await (const line of textLines(stream, lengthMax)) {
    if (line === '') {
      if (data.length > 0) yield { id, type: type || 'message', data: data.join('\n') }
      type = ''
      data = []
      continue
    }
    const { name, value } = fieldOf(line)
    if (name === 'event') type = value
    else if (name === 'id') id = value
    else if (name === 'data') data = withinLimit([...data, value], lengthMax)
  }
}

/** `name: value`; a comment has no name. */
function fieldOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon < 0) return { name: line, value: '' }
  const value = line.slice(colon + 1)
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value }
}

function withinLimit(lines: string[], lengthMax: number): string[] {
  const length = lines.reduce((sum, line) => sum + line.length + 1, 0)
  if (length > lengthMax) throw new OakError('limit-exceeded', 'the stream holds an event that is too large')
  return lines
}
