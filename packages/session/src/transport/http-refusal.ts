import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCode, OakError } from '@oakestra/base'
import { parseRefusal } from './join-message.ts'

const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  'bad-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'already-exists': 409,
  conflict: 409,
  'limit-exceeded': 413,
  'resource-exhausted': 429,
  unavailable: 503,
}

/** Status and body by which a parent says no. Errors without a status of their own keep their message to themselves. */
export function renderRefusal(error: OakError): { status: number; body: string } {
  const status = STATUS_OF[error.code]
  if (status === undefined) return { status: 500, body: JSON.stringify({ code: 'internal', message: 'the parent could not decide' }) }
  return { status, body: JSON.stringify({ code: error.code, message: error.message }) }
}

/** Answers a request to upgrade with a refusal and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: OakError): void {
  const { status, body } = renderRefusal(error)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\n`
  socket.once('finish', () => socket.destroy())
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

const CODE_OF = new Map<number, ErrorCode>([
  [400, 'bad-request'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [409, 'conflict'],
  [413, 'limit-exceeded'],
  [429, 'resource-exhausted'],
])

/** The error a child sees. An answer that no parent gives counts as one of something else in between: try again later. */
export function readRefusal(status: number, body: string): OakError {
  const code = CODE_OF.get(status)
  const message = parseRefusal(body)?.message
  if (!code || !message) return new OakError('unavailable', `the parent answered with status ${status}`)
  return new OakError(code, `the parent refused: ${message}`)
}
