import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Logger, OakError } from '@oakestra/base'
import { createProxyServer } from 'httpxy'
import type { HostRoute } from './plan-gateways.ts'

/** Takes HTTP at a port of the machine until it is disposed. @throws OakError `port-in-use` or `unavailable` */
export type OpenFront = (port: number, routeFor: (host: string) => HostRoute | undefined) => Promise<AsyncDisposable>

// Each is two sockets; beyond it, who comes has to wait in the kernel.
const CONNECTIONS_MAX = 4_096
// A service that says nothing for so long is taken for hung; streams say something now and then.
const SILENCE_MS = 300_000
const HEADERS_MS = 30_000

/**
 * Sends HTTP requests and web sockets on by their host name. The service sees who asked in `X-Forwarded-For`; each request is a
 * connection of its own, so that the instances have equal shares.
 */
export function createHttpFront(logger: Logger): OpenFront {
  return async (port, routeFor) => {
    const proxy = createProxyServer({ xfwd: true, proxyTimeout: SILENCE_MS })
    const server = createServer((request, response) => {
      const target = targetOf(request, routeFor)
      if (target === undefined) return refuse(response, 404, 'no service is published under this host name\n')
      proxy.web(request, response, { target }).catch((thrown: unknown) => failed(request, response, thrown))
    })
    server.maxConnections = CONNECTIONS_MAX
    server.headersTimeout = HEADERS_MS
    // A large upload over a slow link is honest.
    server.requestTimeout = 0
    server.on('upgrade', (request, socket, head) => {
      const target = targetOf(request, routeFor)
      if (target === undefined || !('remoteAddress' in socket))
        return void socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
      proxy.ws(request, socket as IncomingMessage['socket'], { target, xfwd: true }, head).catch(() => socket.destroy())
    })
    proxy.on('error', (error, request, response) => {
      if (response && 'writeHead' in response) failed(request, response, error)
      else response?.destroy()
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(port, error)))
      server.listen(port, resolve)
    })
    return {
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }

    function failed(request: IncomingMessage | undefined, response: ServerResponse, thrown: unknown): void {
      logger.debug('a published service did not answer', { host: request?.headers.host ?? '', err: String(thrown) })
      if (response.headersSent) response.destroy()
      else refuse(response, 502, 'the service does not answer\n')
    }
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
}

function targetOf({ headers }: IncomingMessage, routeFor: (host: string) => HostRoute | undefined): string | undefined {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  const route = routeFor(host)
  if (!route) return undefined
  return `http://${route.address.includes(':') ? `[${route.address}]` : route.address}:${route.port}`
}

function listenError(port: number, error: NodeJS.ErrnoException): OakError {
  if (error.code === 'EADDRINUSE')
    return new OakError('port-in-use', `port ${port}/tcp cannot be published: a program of this machine has it`)
  return new OakError('unavailable', `port ${port}/tcp cannot be published: ${error.message}`)
}
