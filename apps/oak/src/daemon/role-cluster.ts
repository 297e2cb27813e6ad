import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { Disposal, type Logger, OakError, randomIds, realClock, realRandom } from '@oakestra/base'
import { CLUSTER_COLLECTIONS, type Cluster, createCluster, createClusterApi } from '@oakestra/cluster'
import { ensureAuthority, ensureServerCertificate } from '@oakestra/pki'
import { createWsParentTransport } from '@oakestra/session'
import { openSqliteStore } from '@oakestra/store'
import type { OakConfig } from '../config.ts'
import { VERSION } from '../version.ts'
import { advertise, boundPort } from './advertise.ts'
import { CLUSTER_INFRASTRUCTURE_PORTS, type DashboardServer, tryDashboardServer } from './dashboard-server.ts'
import { ensureLocalToken, writeLocalApi } from './local-access.ts'
import { ensureMembership } from './membership.ts'
import type { Observing } from './observing.ts'
import { placingOptions } from './placing.ts'
import { serveResourceAbstractor } from './resource-abstractor.ts'

/** A cluster while it runs in this process. */
export interface ClusterRole extends AsyncDisposable {
  readonly cluster: Cluster
  /** Where its infrastructure dashboard is; absent when root's, in the same process, shows it too. */
  readonly infrastructureUrl?: string
}

export interface ParentHere {
  /** Makes a token for a child in this process. */
  readonly token: () => Promise<string>
  /** `host:port` of the parent in this process. */
  readonly address: string
}

/** What else is in the process. */
export interface AroundCluster {
  /** Set when root runs in this process. */
  readonly parent?: ParentHere | undefined
  readonly observing?: Pick<Observing, 'forCluster'> | undefined
}

/** Starts a cluster out of its part of the data directory. */
export async function startClusterRole(
  config: OakConfig,
  logger: Logger,
  signal: AbortSignal,
  { parent, observing }: AroundCluster,
): Promise<ClusterRole> {
  await using stack = new Disposal()
  const { name, location, sessions, joinToken } = config.cluster
  const dir = path.join(config.dataDir, 'cluster')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const clock = realClock
  const membership = await ensureMembership({
    kind: 'cluster',
    name,
    dir: path.join(dir, 'identity'),
    joinToken: parent?.token ?? (joinToken === undefined ? undefined : async () => joinToken),
    parent: parent?.address ?? render(config.cluster.parent),
    signal,
    logger,
  })
  const authority = await ensureAuthority({ dir: path.join(dir, 'pki'), name: `Oakestra cluster ${name}`, clock })
  const store = stack.use(await openSqliteStore({ file: path.join(dir, 'cluster.db'), collections: CLUSTER_COLLECTIONS, logger }))
  await membership.acceptParent(store)
  let apiPort = config.cluster.api.port
  const cluster = stack.use(
    await createCluster({
      id: membership.identity.id,
      name,
      location,
      version: VERSION,
      store,
      rootTransport: membership.transport,
      renewable: membership.renewable,
      nodeTransport: createWsParentTransport({
        childKind: 'node',
        host: sessions.host,
        port: sessions.port,
        caPem: authority.caPem,
        credentials: () => ensureServerCertificate({ dir: path.join(dir, 'pki'), authority, hosts: [], clock }),
        clock,
        logger,
      }),
      authority,
      nodeAddresses: (port) => advertise(sessions.host, port),
      apiPort: () => apiPort,
      ...placingOptions(config.cluster.scheduler, clock, logger),
      cpuOvercommit: config.cluster.cpuOvercommit,
      clock,
      ids: randomIds,
      random: realRandom,
      logger,
    }),
  )
  const api = createClusterApi({
    id: membership.identity.id,
    name,
    version: VERSION,
    isConnected: () => cluster.connected,
    local: cluster.local,
    localToken: ensureLocalToken(config.dataDir),
    ...(observing && { extension: observing.forCluster }),
    clock,
  })
  stack.defer(async () => api.close())
  apiPort = await listen(api, config.cluster.api)
  const { resourceAbstractorHost, resourceAbstractorPort } = config.cluster
  stack.use(await serveResourceAbstractor(api, { role: 'cluster', host: resourceAbstractorHost, port: resourceAbstractorPort }))
  writeLocalApi(config.dataDir, config.cluster.api.host, apiPort)
  const infrastructure = observing && !parent && (await serveInfrastructure(api, config.cluster, logger))
  if (infrastructure) stack.use(infrastructure)
  const owned = stack.move()
  return {
    cluster,
    ...(infrastructure && { infrastructureUrl: infrastructure.url }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

function serveInfrastructure(api: ClusterApi, config: OakConfig['cluster'], logger: Logger): Promise<DashboardServer | undefined> {
  const { infrastructurePort: port } = config
  const where = { host: config.api.host, port, usualPorts: CLUSTER_INFRASTRUCTURE_PORTS, setting: 'OAK_CLUSTER_INFRASTRUCTURE_PORT' }
  return tryDashboardServer({ api, page: 'infrastructure.html', ...where, logger })
}

type ClusterApi = ReturnType<typeof createClusterApi>

async function listen(api: ClusterApi, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  try {
    await api.listen({ host, port })
    return boundPort(api.server) ?? port
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new OakError(
        'port-in-use',
        `port ${port} of the cluster's API is taken by another program; choose one with --cluster-api-port`,
        { cause },
      )
    }
    throw cause
  }
}

/** `host:port`, an IPv6 address in brackets. */
export function render(endpoint: { readonly host: string; readonly port: number } | undefined): string | undefined {
  if (!endpoint) return undefined
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`
}
