import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Disposal, type Logger, OakError, randomIds, realClock, realRandom } from '@oakestra/base'
import { sendBySmtp } from '@oakestra/observability'
import { ensureAuthority, ensureServerCertificate } from '@oakestra/pki'
import { createRoot, fileKeyStore, openAccounts, RecordingStore, ROOT_STORE_COLLECTIONS, type Root } from '@oakestra/root'
import { createWsParentTransport } from '@oakestra/session'
import { openSqliteStore } from '@oakestra/store'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { advertise, boundPort, localAddress } from './advertise.ts'
import { DASHBOARD_PORTS, type DashboardServer, ROOT_INFRASTRUCTURE_PORTS, tryDashboardServer } from './dashboard-server.ts'
import type { Observing } from './observing.ts'
import { placingOptions } from './placing.ts'
import { serveResourceAbstractor } from './resource-abstractor.ts'
import { places } from './state-file.ts'

const DAY_MS = 24 * 3_600_000

/** Root while it runs in this process. */
export interface RootRole extends AsyncDisposable {
  readonly root: Root
  readonly apiUrl: string
  /** Where the dashboard is; absent when it is not served. */
  readonly dashboardUrl?: string
  readonly infrastructureUrl?: string
}

/** Starts root out of its part of the data directory. @throws OakError `port-in-use`, `unavailable` */
export async function startRootRole(
  config: OakConfig,
  logger: Logger,
  observing?: Pick<Observing, 'forRoot' | 'alerts'>,
): Promise<RootRole> {
  await using stack = new Disposal()
  const dir = path.join(config.dataDir, 'root')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const clock = realClock
  const authority = await ensureAuthority({ dir: path.join(dir, 'pki'), name: 'Oakestra root', clock })
  const sqlite = stack.use(await openSqliteStore({ file: path.join(dir, 'root.db'), collections: ROOT_STORE_COLLECTIONS, logger }))
  const { max: keptMax, days } = config.root.events
  const store = await RecordingStore.open({ store: sqlite, clock, logger, limits: { keptMax, keptMs: days * DAY_MS } })
  const { accounts } = await openAccounts({
    store,
    clock,
    ids: randomIds,
    keys: fileKeyStore(path.join(dir, 'keys', 'tokens.json')),
    announce: (password) => writeFile(places.initialPassword(config.dataDir), `${password}\n`, { mode: 0o600 }),
    ...(config.root.adminPassword !== undefined && { adminPassword: config.root.adminPassword }),
    ...mailOptions(config.root.mail),
    sendMail: sendBySmtp,
    logger,
  })
  const { host, port } = config.root.sessions
  const root = stack.use(
    await createRoot({
      version: VERSION,
      store,
      accounts,
      authority,
      clusterTransport: createWsParentTransport({
        childKind: 'cluster',
        host,
        port,
        caPem: authority.caPem,
        credentials: () => ensureServerCertificate({ dir: path.join(dir, 'pki'), authority, hosts: [], clock }),
        clock,
        logger,
      }),
      clusterAddresses: (bound) => advertise(host, bound),
      ...placingOptions(config.root.scheduler, clock, logger),
      areas: config.root.areas,
      origins: config.root.origins,
      ...(observing && { apiExtension: observing.forRoot, alerts: observing.alerts }),
      swaggerUiStaticDir: path.join(import.meta.dirname ?? __dirname, 'swagger-ui'),
      clock,
      ids: randomIds,
      random: realRandom,
      logger,
    }),
  )
  const apiUrl = await listen(root, config.root.api)
  const { resourceAbstractorHost, resourceAbstractorPort } = config.root
  stack.use(await serveResourceAbstractor(root.api, { role: 'root', host: resourceAbstractorHost, port: resourceAbstractorPort }))
  const dashboard = await serveDashboard(root, config.root, logger)
  if (dashboard) stack.use(dashboard)
  const infrastructure = observing && (await serveInfrastructure(root, config.root, logger))
  if (infrastructure) stack.use(infrastructure)
  const owned = stack.move()
  return {
    root,
    apiUrl,
    ...(dashboard && { dashboardUrl: dashboard.url }),
    ...(infrastructure && { infrastructureUrl: infrastructure.url }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

type Served = Promise<DashboardServer | undefined>

function serveDashboard({ api }: Root, config: OakConfig['root'], logger: Logger): Served {
  const { dashboardPort: port } = config
  return tryDashboardServer({ api, host: config.api.host, port, usualPorts: DASHBOARD_PORTS, setting: 'OAK_ROOT_DASHBOARD_PORT', logger })
}

function serveInfrastructure({ api }: Root, config: OakConfig['root'], logger: Logger): Served {
  const { infrastructurePort: port } = config
  const where = { host: config.api.host, port, usualPorts: ROOT_INFRASTRUCTURE_PORTS, setting: 'OAK_ROOT_INFRASTRUCTURE_PORT' }
  return tryDashboardServer({ api, page: 'infrastructure.html', ...where, logger })
}

function mailOptions({ host, ...rest }: OakConfig['root']['mail']) {
  return host === undefined ? {} : { mail: { host, ...rest } }
}

async function listen(root: Root, { host, port }: { readonly host: string; readonly port: number }): Promise<string> {
  try {
    await root.api.listen({ host, port })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new OakError('port-in-use', `port ${port} of the API is taken by another program; choose one with --api-port`, { cause })
    }
    throw cause
  }
  return `http://${localAddress(host, boundPort(root.api.server) ?? port)}`
}
