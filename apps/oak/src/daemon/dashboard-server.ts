import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import { type Logger, OakError } from '@oakestra/base'
import Fastify, { type FastifyInstance } from 'fastify'
import { boundPort, localAddress } from './advertise.ts'

/** The dashboard while it is served. */
export interface DashboardServer extends AsyncDisposable {
  readonly url: string
}

export interface DashboardServerOptions {
  /** Where the built page is. */
  readonly dir: string
  /** Root's API, which the page asks under its own address: no other origin has to be let in. */
  readonly api: Pick<FastifyInstance, 'routing'>
  readonly host: string
  /** The port somebody asked for; without one, 80 or the next that is free. */
  readonly port?: number
  readonly logger: Logger
}

/** Tried in this order: the first is what browsers try; the others are apart from those that services are often published at. */
const USUAL_PORTS = [80, ...Array.from({ length: 20 }, (_, index) => 8888 + index)]
/** A request that is not here after this time never comes: slow senders must not hold connections. */
const REQUEST_TIMEOUT_MS = 30_000

/**
 * Scripts come from here and nowhere else. Styles are also set by scripts: the components and the editor do that
 * (`reference/dependencies.md` P14).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** Serves the page and, under the same address, the API. @throws OakError `port-in-use`, `not-found` when the page was not built */
export async function startDashboardServer(options: DashboardServerOptions): Promise<DashboardServer> {
  if (!existsSync(path.join(options.dir, 'index.html'))) throw new OakError('not-found', `the dashboard was not built into ${options.dir}`)
  const page = await createPage(options.dir)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, reply) => {
    if (isForApi(request.url ?? '/')) options.api.routing(request, reply)
    else page.routing(request, reply)
  })
  await listen(server, options)
  const url = `http://${localAddress(options.host, boundPort(server) ?? 0)}`
  options.logger.info('the dashboard is served', { url })
  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await page.close()
    },
  }
}

/** `/docs/openapi.json` is where upstream has the document of its API. */
function isForApi(url: string): boolean {
  return /^\/(api|docs)(\/|\?|$)/.test(url)
}

async function createPage(dir: string): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true })
  app.addHook('onRequest', async (_request, reply) => void reply.headers(HEADERS))
  // Their names change with their content, so a browser never has to ask again; what it has it compressed at build time.
  await app.register(fastifyStatic, {
    root: path.join(dir, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
  })
  app.setNotFoundHandler(async (request, reply) => {
    const isPage = (request.method === 'GET' || request.method === 'HEAD') && !request.url.startsWith('/assets/')
    if (!isPage) return reply.code(404).send({ message: 'there is nothing here' })
    // Asked for anew each time: an upgrade of root is an upgrade of its page.
    return reply.code(200).header('cache-control', 'no-cache').sendFile('index.html', dir, { cacheControl: false })
  })
  await app.ready()
  return app
}

/** Tries the ports in turn. The one that was asked for has no other in its stead. */
async function listen(server: Server, { host, port, logger }: DashboardServerOptions): Promise<void> {
  const ports = port === undefined ? USUAL_PORTS : [port]
  for (const candidate of ports) {
    if (await listensOn(server, host, candidate)) {
      if (candidate !== ports[0]) logger.warn('port 80 cannot be had, so the dashboard is on another', { port: candidate })
      return
    }
  }
  throw new OakError('port-in-use', `port ${ports.join(', ')} of the dashboard is taken by another program; set OAK_ROOT_DASHBOARD_PORT`)
}

/** False when another program has the port, or only root may take it. */
function listensOn(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening)
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    }
    const listening = () => {
      server.off('error', failed)
      resolve(true)
    }
    server.once('error', failed)
    server.once('listening', listening)
    server.listen({ host, port })
  })
}
