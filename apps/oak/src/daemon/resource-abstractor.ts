import { createServer, type Server, type ServerResponse } from 'node:http'
import { OakError } from '@oakestra/base'
import type { FastifyInstance } from 'fastify'
import { boundPort } from './advertise.ts'

/** As the API's own: a request that is not here after this time never comes. */
const REQUEST_TIMEOUT_MS = 30_000

/** Where upstream's resource abstractor listens: 11011 at root, 11012 at a cluster. `reference/orchestration.md` 8.1. */
export interface ResourceAbstractorPort {
  readonly host: string
  /** Absent: nothing listens. */
  readonly port?: number | undefined
  /** Of which role, for messages: the setting is `<role>.resourceAbstractorPort`. */
  readonly role: 'root' | 'cluster'
}

/**
 * Serves what an API has below `/api/v1` on a port of its own, for add-ons that look for it there; who calls is checked by the API.
 * @returns how it ends, and the port; no port when it is off
 * @throws OakError `port-in-use`
 */
export async function serveResourceAbstractor(
  api: Pick<FastifyInstance, 'routing'>,
  { host, port, role }: ResourceAbstractorPort,
): Promise<AsyncDisposable & { readonly port?: number }> {
  if (port === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() }
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const path = request.url?.split('?')[0] ?? ''
    if (/^\/api\/v1(\/|$)/.test(path)) api.routing(request, response)
    else if (path === '/') response.end('ok')
    else refuse(response)
  })
  await listen(server, host, port, role)
  return { port: boundPort(server) ?? port, [Symbol.asyncDispose]: () => close(server) }
}

function refuse(response: ServerResponse): void {
  const body = { code: 404, status: 'Not Found', message: 'only the resource abstractor is here, below /api/v1' }
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function listen(server: Server, host: string, port: number, role: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE'
      const message = `port ${port} of the resource abstractor is taken by another program; choose one with ${role}.resourceAbstractorPort`
      reject(isTaken ? new OakError('port-in-use', message, { cause }) : cause)
    })
    server.listen(port, host, resolve)
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
