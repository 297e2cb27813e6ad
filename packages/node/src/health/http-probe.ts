import http from 'node:http'
import type { ProbeAnswer } from './prober.ts'
import { socketFault } from './socket-fault.ts'

// Whoever answers a health check with more than this says nothing about health; the body is never read.
const HEADER_BYTES_MAX = 16 * 1024

export interface HttpProbe {
  readonly address: string
  readonly port: number
  readonly path: string
}

/** Asks with a GET: a status of 200 to 399 is good, redirections are not followed. The connection is used for nothing else. */
export function httpProbe({ address, port, path }: HttpProbe, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const options = {
      host: address,
      port,
      path,
      agent: false,
      headers: { 'user-agent': 'oakestra-health' },
      maxHeaderSize: HEADER_BYTES_MAX,
    }
    const request = http.get({ ...options, signal })
    const answered = (answer: ProbeAnswer) => {
      resolve(answer)
      request.destroy()
    }
    request.on('response', ({ statusCode = 0 }) => answered(judged(statusCode)))
    // Some protocol was offered instead of an answer; Node leaves the socket to whoever listens here.
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      answered({ answer: 'bad', reason: 'it answered in another protocol' })
    })
    request.on('error', (error) => answered(socketFault(error, port)))
    request.on('close', () => answered({ answer: 'bad', reason: 'the connection ended without an answer' }))
  })
}

function judged(status: number): ProbeAnswer {
  return status >= 200 && status < 400 ? { answer: 'good' } : { answer: 'bad', reason: `it answered with status ${status}` }
}
