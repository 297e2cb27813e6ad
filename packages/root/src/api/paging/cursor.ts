import { OakError } from '@oakestra/base'

/** Where a list goes on: texts and numbers that only their list understands. */
export type Position = readonly (string | number)[]

export function toCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/**
 * Reads a cursor; what it says is compared with, never trusted: a forged one shows nothing that its list would not show.
 * @throws OakError `bad-request`
 */
export function fromCursor(cursor: string, shape: readonly ('string' | 'number')[]): Position {
  const position = parse(cursor)
  const fits = Array.isArray(position) && position.length === shape.length && shape.every((type, index) => typeof position[index] === type)
  if (!fits) throw new OakError('bad-request', 'the cursor is none of this list: begin again without it')
  return position as Position
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
