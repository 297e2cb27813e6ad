import { createServer, type Server } from 'node:http'
import { Disposal, type Logger, OakError, realClock, toOakError } from '@oakestra/base'
import {
  createProcessMetrics,
  LogFeed,
  METRICS_CONTENT_TYPE,
  type MetricSource,
  mergedFamilies,
  renderMetrics,
} from '@oakestra/observability'
import type { OakConfig } from '../config.ts'
import { localAddress } from './advertise.ts'
import { FileMetrics } from './file-metrics.ts'
import { ensureMetricsToken } from './local-access.ts'
import type { RoleDeps } from './roles.ts'
import { scraperCheck } from './scraper-check.ts'

/** A request that is not here after this time never comes. */
const REQUEST_TIMEOUT_MS = 10_000
/** Scrapers are few; more connections are somebody else's. */
const CONNECTIONS_MAX = 16

/** Serves `/metrics` of a node that has no control plane beside it. @throws OakError `port-in-use` */
export async function serveNodeMetrics(config: OakConfig, node: MetricSource, deps: RoleDeps): Promise<AsyncDisposable> {
  await using stack = new Disposal()
  const feed = new LogFeed()
  const off = deps.onLogLine((line) => feed.take(line))
  stack.defer(async () => off())
  const own = createProcessMetrics(realClock)
  const files = new FileMetrics(config, ['node'])
  const sources: readonly MetricSource[] = [own, async () => feed.metrics(), () => files.families(realClock.wallMs()), node]
  const read = async () => renderMetrics(mergedFamilies((await Promise.all(sources.map((source) => source()))).flat()))
  const server = createMetricsServer(read, scraperCheck(ensureMetricsToken(config.dataDir)), deps.logger)
  await listen(server, config.node)
  stack.defer(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return stack.move()
}

function createMetricsServer(read: () => Promise<string>, check: (authorization: string | undefined) => void, logger: Logger): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, reply) => {
    const answer = async () => {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') return reply.writeHead(404).end()
      try {
        check(request.headers.authorization)
      } catch (thrown) {
        return reply.writeHead(401, { 'content-type': 'text/plain' }).end(`${toOakError(thrown).message}\n`)
      }
      return reply.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE }).end(await read())
    }
    answer().catch((thrown: unknown) => {
      logger.warn('numbers could not be read', { err: toOakError(thrown).message })
      reply.destroy()
    })
  })
  server.maxConnections = CONNECTIONS_MAX
  return server
}

function listen(server: Server, { metricsHost: host, metricsPort: port }: OakConfig['node']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new OakError('port-in-use', `nothing can listen at ${localAddress(host, port ?? 0)}; set OAK_NODE_METRICS_PORT`, { cause }))
    })
    server.listen({ host, port }, resolve)
  })
}
