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
  /** The page that is served whatever is asked for; the dashboard's when absent. */
  readonly page?: string
  /** The API of the same process, which the page asks under its own address: no other origin has to be let in. */
  readonly api: Pick<FastifyInstance, 'routing'>
  readonly host: string
  /** The port somebody asked for; without one, the usual one or the next that is free. */
  readonly port?: number
  readonly usualPorts: readonly number[]
  /** The setting that asks for a port, for the error. */
  readonly setting: string
  readonly logger: Logger
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

/** Tried in this order: the first is what browsers try; the others are apart from those that services are often published at. */
export const DASHBOARD_PORTS = [80, ...from(8888, 20)]
/** Upstream's: `reference/experience.md` 4.1. */
export const ROOT_INFRASTRUCTURE_PORTS = [3000, ...from(3010, 20)]
export const CLUSTER_INFRASTRUCTURE_PORTS = [3001, ...from(3030, 20)]

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
  const file = options.page ?? 'index.html'
  if (!existsSync(path.join(options.dir, file))) throw new OakError('not-found', `the dashboard was not built into ${options.dir}`)
  const page = await createPage(options.dir, file)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, reply) => {
    if (isForApi(request.url ?? '/')) options.api.routing(request, reply)
    else page.routing(request, reply)
  })
  await listen(server, options)
  const url = `http://${localAddress(options.host, boundPort(server) ?? 0)}`
  options.logger.info('the dashboard is served', { url, page: file })
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
  return /^\/(api|docs|metrics)(\/|\?|$)/.test(url)
}

async function createPage(dir: string, file: string): Promise<FastifyInstance> {
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
    return reply.code(200).header('cache-control', 'no-cache').sendFile(file, dir, { cacheControl: false })
  })
  await app.ready()
  return app
}

/**
 * Starts a dashboard that a role can do without: it goes on without it, unless somebody asked for it on a port that cannot be had.
 * @throws OakError `port-in-use`
 */
export async function tryDashboardServer(
  options: Omit<DashboardServerOptions, 'port' | 'dir'> & { readonly port: number | 'off' | undefined },
): Promise<DashboardServer | undefined> {
  const { port, ...rest } = options
  if (port === 'off') return undefined
  const dir = path.join(import.meta.dirname ?? __dirname, 'dashboard')
  try {
    return await startDashboardServer({ ...rest, dir, ...(port !== undefined && { port }) })
  } catch (thrown) {
    if (port !== undefined) throw thrown
    options.logger.warn('a dashboard is not served', { err: thrown })
    return undefined
  }
}

/** Tries the ports in turn. The one that was asked for has no other in its stead. */
async function listen(server: Server, { host, port, usualPorts, setting, logger }: DashboardServerOptions): Promise<void> {
  const ports = port === undefined ? usualPorts : [port]
  for (const candidate of ports) {
    if (await listensOn(server, host, candidate)) {
      if (candidate !== ports[0])
        logger.warn('the usual port of a dashboard cannot be had, so it is on another', { usual: ports[0], port: candidate })
      return
    }
  }
  throw new OakError('port-in-use', `port ${ports.join(', ')} of a dashboard is taken by another program; set ${setting}`)
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
