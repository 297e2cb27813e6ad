import { Disposal, realClock, throwIfAborted } from '@oakestra/base'
import type { OakConfig } from '../config.ts'
import { localAddress } from './advertise.ts'
import type { Observing } from './observing.ts'
import type { AroundCluster, ClusterRole, ParentHere } from './role-cluster.ts'
import type { NodeRole } from './role-node.ts'
import type { RootRole } from './role-root.ts'
import type { Role, RoleDeps, RunningRoles } from './roles.ts'

export { cleanRoles } from './clean-roles.ts'

// A person waits for it; the states it waits for change within milliseconds.
const READY_POLL_MS = 10
const NODE_TOKEN_VALID_MS = 60_000

/**
 * Starts roles in this process. Roles that run together still talk over their sockets, so that one machine exercises
 * what many do. A role is loaded only when it is asked for: a node does not carry root's libraries.
 */
export async function startRoles(config: OakConfig, roles: readonly Role[], deps: RoleDeps): Promise<RunningRoles> {
  await using stack = new Disposal()
  const stop = new AbortController()
  const logger = (role: Role) => deps.logger.child({ role })
  const observing = await observe(config, roles, deps)
  if (observing) stack.use(observing)
  const root = roles.includes('root') ? stack.use(await startRoot(config, logger('root'), observing)) : undefined
  const cluster = roles.includes('cluster')
    ? stack.use(await startCluster(config, logger('cluster'), stop.signal, { parent: root && rootHere(root, config), observing }))
    : undefined
  const node = roles.includes('node')
    ? stack.use(await startNode(config, logger('node'), stop.signal, cluster && clusterHere(cluster, config)))
    : undefined
  stack.defer(() => stop.abort())
  const started = { root, cluster, node }
  if (observing) watchAll(observing, started)
  else if (node && config.node.metricsPort !== undefined) stack.use(await serveMetrics(config, node, deps))
  return running(started, stack.move())
}

/** A node alone keeps nothing of what it measures: its cluster does, and its machine is small. */
async function observe(config: OakConfig, roles: readonly Role[], deps: RoleDeps): Promise<Observing | undefined> {
  if (!roles.includes('root') && !roles.includes('cluster')) return undefined
  return (await import('./observing.ts')).openObserving(config, roles, deps)
}

function watchAll(observing: Observing, started: Started): void {
  const { root, cluster, node } = started
  for (const role of [root?.root, cluster?.cluster, node?.node]) if (role) observing.watch(() => role.metrics())
  const { infrastructureUrl } = infrastructureUrlOf(started)
  // Other hosts reach it under another name than this machine knows, but at the same port.
  const port = infrastructureUrl === undefined ? {} : { infrastructurePort: Number(new URL(infrastructureUrl).port || 80) }
  observing.describe(async () => ({ ...port, ...statusOf(started) }))
  observing.begin()
}

/** For people who look at their nodes with a program of their own. */
async function serveMetrics(config: OakConfig, { node }: NodeRole, deps: RoleDeps): Promise<AsyncDisposable> {
  return (await import('./node-metrics-server.ts')).serveNodeMetrics(config, () => node.metrics(), deps)
}

type Logger = RoleDeps['logger']

async function startRoot(config: OakConfig, logger: Logger, observing: Observing | undefined): Promise<RootRole> {
  return (await import('./role-root.ts')).startRootRole(config, logger, observing)
}

async function startCluster(config: OakConfig, logger: Logger, signal: AbortSignal, around: AroundCluster): Promise<ClusterRole> {
  return (await import('./role-cluster.ts')).startClusterRole(config, logger, signal, around)
}

async function startNode(config: OakConfig, logger: Logger, signal: AbortSignal, parent: ParentHere | undefined): Promise<NodeRole> {
  return (await import('./role-node.ts')).startNodeRole(config, logger, signal, parent)
}

function rootHere({ root }: RootRole, config: OakConfig): ParentHere {
  return { token: () => root.createClusterToken(config.cluster.name), address: localAddress(config.root.sessions.host, root.sessionPort) }
}

function clusterHere({ cluster }: ClusterRole, config: OakConfig): ParentHere {
  return {
    token: () => cluster.createNodeToken(NODE_TOKEN_VALID_MS),
    address: localAddress(config.cluster.sessions.host, cluster.sessionPort),
  }
}

interface Started {
  readonly root: RootRole | undefined
  readonly cluster: ClusterRole | undefined
  readonly node: NodeRole | undefined
}

function running(started: Started, owned: Disposal): RunningRoles {
  const { root, cluster, node } = started
  const areConnected = () => cluster?.cluster.connected !== false && node?.node.connected !== false
  // Ready means that the next deployment finds its place: root must have heard of the node here.
  const isNodeKnown = () => !root || !node || root.root.activeNodes() > 0
  const isReady = () => areConnected() && isNodeKnown()
  return {
    ...(root && { apiUrl: root.apiUrl }),
    ...(root?.dashboardUrl && { dashboardUrl: root.dashboardUrl }),
    ...infrastructureUrlOf(started),
    ready: async (signal) => {
      while (!isReady()) await realClock.sleep(READY_POLL_MS, signal)
      throwIfAborted(signal)
    },
    status: async () => statusOf(started),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  }
}

function infrastructureUrlOf({ root, cluster }: Started): Pick<RunningRoles, 'infrastructureUrl'> {
  const url = root ? root.infrastructureUrl : cluster?.infrastructureUrl
  return url === undefined ? {} : { infrastructureUrl: url }
}

function statusOf({ root, cluster, node }: Started): object {
  return {
    ...(root && { root: { connectedClusters: [...root.root.connectedClusters()], controllers: root.root.controllers() } }),
    ...(cluster && {
      cluster: {
        connected: cluster.cluster.connected,
        connectedNodes: [...cluster.cluster.connectedNodes()],
        controllers: cluster.cluster.controllers(),
      },
    }),
    ...(node && { node: { connected: node.node.connected, controllers: node.node.controllers() } }),
  }
}
