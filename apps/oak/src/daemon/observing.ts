import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { Disposal, type Logger, realClock } from '@oakestra/base'
import type { createClusterApi } from '@oakestra/cluster'
import {
  addInfrastructureRoutes,
  createMail,
  createProcessMetrics,
  createWebhook,
  DEFAULT_RULES,
  type Infrastructure,
  LogArchive,
  LogFeed,
  type MetricSource,
  OBSERVATORY_COLLECTIONS,
  Observatory,
  parseRuleFile,
  type Receiver,
  shownAlert,
} from '@oakestra/observability'
import type { AlertSource, ApiExtension } from '@oakestra/root'
import { openSqliteStore, type Store } from '@oakestra/store'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { FileMetrics } from './file-metrics.ts'
import { ensureMetricsToken } from './local-access.ts'
import type { Role, RoleDeps } from './roles.ts'
import { scraperCheck } from './scraper-check.ts'
import { places } from './state-file.ts'

type ClusterExtension = NonNullable<Parameters<typeof createClusterApi>[0]['extension']>

/** What watches the roles of this process. It is there before them, and is told of each as it starts. */
export interface Observing extends AsyncDisposable {
  /** Its routes, for root's API. */
  readonly forRoot: ApiExtension
  /** What is firing, for streams of root's events. */
  readonly alerts: AlertSource
  /** The same, for the cluster's own API. */
  readonly forCluster: ClusterExtension
  watch(source: MetricSource): void
  /** Every role that there will be is watched: alerts are looked for from now on. */
  begin(): void
  /** What `status` of the routes says from now on. */
  describe(status: () => Promise<unknown>): void
}

/** Where a machine has all the roles of one process, the first of them keeps what was seen. */
export async function openObserving(config: OakConfig, roles: readonly Role[], deps: RoleDeps): Promise<Observing> {
  await using stack = new Disposal()
  const { logger } = deps
  const feed = new LogFeed()
  stack.defer(async () => off())
  const off = deps.onLogLine((line) => feed.take(line))
  const store = stack.use(await openStore(path.join(config.dataDir, roles.includes('root') ? 'root' : 'cluster'), logger))
  const files = new FileMetrics(config, roles)
  const sources: MetricSource[] = [createProcessMetrics(realClock), async () => feed.metrics(), () => files.families(realClock.wallMs())]
  let begin = () => {}
  const isComplete = new Promise<void>((resolve) => (begin = resolve))
  const [rules, receivers] = [rulesOf(config, logger), receiversOf(config)]
  const observatory = stack.use(await Observatory.open({ store, sources, rules, receivers, isComplete, clock: realClock, logger }))
  let status: () => Promise<unknown> = async () => ({})
  const infrastructure: Infrastructure = {
    observatory,
    archive: new LogArchive(() => logFiles(config.dataDir)),
    feed,
    status: async () => ({
      version: VERSION,
      roles,
      startedAtMs: realClock.wallMs() - Math.round(process.uptime() * 1_000),
      ...(await asObject(status)),
    }),
    clock: realClock,
  }
  const checkScraper = scraperCheck(ensureMetricsToken(config.dataDir))
  const owned = stack.move()
  return {
    forRoot: (app, access) => addInfrastructureRoutes(app, infrastructure, { ...access, checkScraper }),
    alerts: {
      firing: () => observatory.alerts.current().flatMap((alert) => (alert.state === 'firing' ? [shownAlert(alert)] : [])),
      subscribe: (changed) => observatory.onAlerts(changed),
    },
    forCluster: { open: ['/metrics'], add: (app) => addInfrastructureRoutes(app, infrastructure, { checkScraper }) },
    watch: (source) => void sources.push(source),
    begin,
    describe: (next) => {
      status = next
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

/** Numbers and past alerts are not worth that a control plane does not start: without its file it keeps them in memory. */
async function openStore(dir: string, logger: Logger): Promise<Store> {
  const open = (file: string) => openSqliteStore({ file, collections: OBSERVATORY_COLLECTIONS, logger })
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    return await open(path.join(dir, 'observations.db'))
  } catch (err) {
    logger.error('numbers and alerts are kept in memory only, for their file cannot be used', { err })
    return open(':memory:')
  }
}

async function asObject(status: () => Promise<unknown>): Promise<object> {
  const value = await status()
  return typeof value === 'object' && value !== null ? value : {}
}

/** A mistake in the file must not keep a control plane from starting: what comes along counts until it is mended. */
function rulesOf({ alerts }: OakConfig, logger: Logger) {
  if (alerts.rules === undefined) return DEFAULT_RULES
  try {
    return parseRuleFile(readFileSync(alerts.rules, 'utf8'))
  } catch (thrown) {
    logger.error('the file of alert rules cannot be used; those that come along are in force', { file: alerts.rules, err: thrown })
    return DEFAULT_RULES
  }
}

function receiversOf({ alerts, root }: OakConfig): readonly Receiver[] {
  const { webhooks, webhookSecret, mailTo } = alerts
  const hooks = webhooks.map((url) => createWebhook({ url, ...(webhookSecret !== undefined && { secret: webhookSecret }) }))
  const { host, ...server } = root.mail
  return mailTo.length === 0 || host === undefined ? hooks : [...hooks, createMail({ host, ...server }, mailTo)]
}

/** Logs of every process with this data directory, whichever roles it has. */
function logFiles(dataDir: string): readonly string[] {
  return (['root', 'cluster', 'node'] as const).map((role) => places.logFile(dataDir, role)).filter((file) => existsSync(file))
}
