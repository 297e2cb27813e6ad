import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorBody } from './errors.ts'

/** What is refused and longer than this is not worth waiting for: its sender finds the connection closed. */
const DRAINED_BYTES_MAX = 32 * 1024 * 1024

/**
 * Takes in and forgets what is still coming of a request that is refused. Whoever is in the middle of sending when the
 * connection closes sees a broken pipe and no answer.
 */
export function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed || Number(request.headers['content-length']) > DRAINED_BYTES_MAX) return Promise.resolve()
  return new Promise((resolve) => {
    let bytes = 0
    const count = (chunk: Buffer | string) => {
      bytes += chunk.length
      if (bytes > DRAINED_BYTES_MAX) done()
    }
    const done = () => {
      request.off('data', count).off('end', done).off('close', done)
      resolve()
    }
    request.on('data', count).once('end', done).once('close', done).resume()
  })
}

/** Answers what is no request at all in the form of every other refusal. */
export function refuseBroken(error: Error & { readonly code?: string }, socket: Socket): void {
  // Whoever went away is not there to be told.
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy(error)
  const code = STATUS_OF_PARSER[error.code ?? ''] ?? 400
  const status = STATUS_CODES[code] ?? ''
  const body = JSON.stringify({ code, status, message: MESSAGE_OF_STATUS[code] ?? 'this is not HTTP' } satisfies ErrorBody)
  const head = [`HTTP/1.1 ${code} ${status}`, 'content-type: application/json', `content-length: ${body.length}`, 'connection: close']
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Failures of Node's parser with a status of their own. */
const STATUS_OF_PARSER: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }

const MESSAGE_OF_STATUS: Readonly<Record<number, string>> = {
  408: 'the request did not come to its end in time',
  431: 'the header of the request is too large',
}
