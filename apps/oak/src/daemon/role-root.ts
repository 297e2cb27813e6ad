import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Disposal, type Logger, OakError, randomIds, realClock, realRandom } from '@oakestra/base'
import { ensureAuthority, ensureServerCertificate } from '@oakestra/pki'
import { createRoot, fileKeyStore, openAccounts, RecordingStore, ROOT_STORE_COLLECTIONS, type Root } from '@oakestra/root'
import { createWsParentTransport } from '@oakestra/session'
import { openSqliteStore } from '@oakestra/store'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { advertise, boundPort, localAddress } from './advertise.ts'
import { type DashboardServer, startDashboardServer } from './dashboard-server.ts'
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
}

/** Starts root out of its part of the data directory. @throws OakError `port-in-use`, `unavailable` */
export async function startRootRole(config: OakConfig, logger: Logger): Promise<RootRole> {
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
  const owned = stack.move()
  return { root, apiUrl, ...(dashboard && { dashboardUrl: dashboard.url }), [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
}

function mailOptions({ host, ...rest }: OakConfig['root']['mail']) {
  return host === undefined ? {} : { mail: { host, ...rest } }
}

/** The page is a convenience: root goes on without it, unless somebody asked for it on a port that cannot be had. */
async function serveDashboard(
  root: Root,
  { api, dashboardPort: port }: OakConfig['root'],
  logger: Logger,
): Promise<DashboardServer | undefined> {
  if (port === 'off') return undefined
  const dir = path.join(import.meta.dirname ?? __dirname, 'dashboard')
  try {
    return await startDashboardServer({ dir, api: root.api, host: api.host, ...(port !== undefined && { port }), logger })
  } catch (thrown) {
    if (port !== undefined) throw thrown
    logger.warn('the dashboard is not served', { err: thrown })
    return undefined
  }
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
