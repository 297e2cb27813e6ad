import type { Clock } from '@oakestra/base'
import type { FastifyContextConfig, FastifyInstance, FastifyReply } from 'fastify'
import type { Alert } from '../alerts/alert.ts'
import type { LogArchive } from '../logs/log-archive.ts'
import type { LogFeed } from '../logs/log-feed.ts'
import { METRICS_CONTENT_TYPE, renderMetrics } from '../metrics/render-metrics.ts'
import type { Observatory } from '../observatory.ts'
import { logQueryOf, pastQueryOf, rangeQueryOf } from './queries.ts'
import { type SentStream, sentStream } from './server-sent.ts'

/** Everything the infrastructure dashboard, scrapers and the command line read. */
export interface Infrastructure {
  readonly observatory: Observatory
  readonly archive: LogArchive
  readonly feed: LogFeed
  /** Components, versions, sessions, controllers: plain JSON. */
  status(): Promise<unknown>
  readonly clock: Clock
}

/** Streams open at once, of all readers together: each holds a connection. */
const STREAMS_MAX = 64
const ALERTS_PAST_MAX = 200

/** Who may call the routes, in the words of the server they are added to. */
export interface InfrastructureAccess {
  /** Of every route for people. */
  readonly people?: FastifyContextConfig
  /** Of `/metrics`, which scrapers read. */
  readonly scrapers?: FastifyContextConfig
  /** @throws OakError `unauthenticated` for a scraper that is not known */
  checkScraper(authorization: string | undefined): void
}

/** Routes below `/api/infrastructure`, and `/metrics`. */
export function addInfrastructureRoutes(app: FastifyInstance, infrastructure: Infrastructure, access: InfrastructureAccess): void {
  const { observatory, archive, clock } = infrastructure
  const config = access.people ?? {}
  const routes = { config }
  app.get('/metrics', { config: access.scrapers ?? {} }, async (request, reply) => {
    access.checkScraper(request.headers.authorization)
    return reply.type(METRICS_CONTENT_TYPE).send(renderMetrics(await observatory.read()))
  })
  app.get('/api/infrastructure/status', routes, () => infrastructure.status())
  app.get('/api/infrastructure/metrics', routes, async () => ({ now: await observatory.read(), kept: observatory.series.catalog() }))
  app.get('/api/infrastructure/metrics/range', routes, async ({ query }) => observatory.series.read(rangeQueryOf(query, clock.wallMs())))
  app.get('/api/infrastructure/logs', routes, async ({ query }) => {
    const { limit, ...wanted } = logQueryOf(query)
    return archive.search(wanted, limit)
  })
  app.get('/api/infrastructure/alerts', routes, async ({ query }) => ({
    current: observatory.alerts.current().map(shownAlert),
    past: (await observatory.alerts.past(pastQueryOf(query, ALERTS_PAST_MAX))).map(shownAlert),
  }))
  app.get('/api/infrastructure/rules', routes, async () => observatory.alerts.rules)
  addStreams(app, infrastructure, config)
}

function addStreams(app: FastifyInstance, infrastructure: Infrastructure, config: FastifyContextConfig): void {
  const open = new Set<object>()
  const send = (reply: FastifyReply, source: SentStream) => {
    if (open.size >= STREAMS_MAX) {
      source.close()
      return reply.code(429).send({ message: `${open.size} streams are open already; close some first` })
    }
    const stream = sentStream(source)
    open.add(stream)
    stream.once('close', () => open.delete(stream))
    reply.raw.once('close', () => stream.destroy())
    return reply.type('text/event-stream').send(stream)
  }
  app.addHook('preClose', async () => {
    for (const stream of open) (stream as { destroy(): void }).destroy()
  })
  app.get('/api/infrastructure/logs/stream', { config }, async ({ query }, reply) => {
    const { limit: _limit, ...wanted } = logQueryOf(query)
    return send(reply, followedLogs(infrastructure.feed, wanted))
  })
  app.get('/api/infrastructure/stream', { config }, async (_request, reply) => send(reply, followedState(infrastructure)))
}

/** An alert as people see it: what receivers were told is nobody else's business, for their addresses may hold tokens. */
export function shownAlert({ told: _told, ...alert }: Alert): Omit<Alert, 'told'> {
  return alert
}

function followedLogs(feed: LogFeed, query: Parameters<LogFeed['follow']>[0]): SentStream {
  const following = feed.follow(query)
  return {
    next: async (signal) => {
      const { lines, missed } = await following.next(signal)
      const sent = lines.map((data) => ({ event: 'line', data }))
      return missed > 0 ? [...sent, { event: 'missed', data: { lines: missed } }] : sent
    },
    close: () => following[Symbol.dispose](),
  }
}

// Every second look of the observatory: a page draws no faster.
const NUMBERS_EVERY_MS = 5_000

/** Numbers, every few seconds, and alerts whenever they change. Numbers are those of the last look, so that readers cost no more of them. */
function followedState({ observatory, clock }: Infrastructure): SentStream {
  let wake: (() => void) | undefined
  let isFirst = true
  let sentMs = Number.NEGATIVE_INFINITY
  let areAlertsNew = true
  const off = observatory.onAlerts(() => {
    areAlertsNew = true
    wake?.()
  })
  const pause = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = clock.after(NUMBERS_EVERY_MS, resolve)
      wake = () => {
        timer.cancel()
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
    })
  return {
    next: async (signal) => {
      if (!isFirst) await pause(signal)
      isFirst = false
      const { timeMs, families } = await observatory.latest()
      const numbers = timeMs === sentMs ? [] : [{ event: 'metrics', data: { timeMs, now: families } }]
      sentMs = timeMs
      const alerts = areAlertsNew ? [{ event: 'alerts', data: observatory.alerts.current().map(shownAlert) }] : []
      areAlertsNew = false
      return [...numbers, ...alerts]
    },
    close: off,
  }
}
