import type { IncomingMessage } from 'node:http'
import { bodyOf, isRecord, refusalOf } from './answers.ts'
import { httpRequest, openHttp } from './http.ts'
import { parseNdjson } from './ndjson.ts'
import type { Call, Session } from './session.ts'
import type {
  ApplicationView,
  ChangedView,
  ClusterView,
  InstanceView,
  LogLine,
  NodeView,
  NoteView,
  RevisionView,
  ServiceView,
  StatusAnswer,
  UnclaimedView,
} from './types.ts'

export interface LogOptions {
  readonly tail?: number
  readonly follow: boolean
  readonly signal: AbortSignal
}

/** What an operator decides about a cluster or a node; what is absent stays as it is. */
export interface StandingChange {
  readonly cordoned?: boolean
  /** Only of a node. */
  readonly draining?: boolean
  /** The whole list, `key=value`. */
  readonly labels?: readonly string[]
}

/** Where an instance shall go; with neither, to whichever other place is best. */
export interface MoveTarget {
  readonly cluster_id?: string
  readonly node_id?: string
}

/** Root's REST API as functions. Each throws OakError with the server's words when root says no. */
export interface OakClient {
  applications(): Promise<readonly ApplicationView[]>
  /** Answers all applications of the user, as upstream does. */
  createApplications(descriptor: unknown): Promise<readonly ApplicationView[]>
  deleteApplication(id: string): Promise<void>
  /** Of one application, or all. */
  services(applicationId?: string): Promise<readonly ServiceView[]>
  service(id: string): Promise<ServiceView>
  deploy(serviceId: string): Promise<void>
  undeploy(serviceId: string, instance: number): Promise<void>
  instance(serviceId: string, instance: number): Promise<InstanceView>
  logs(serviceId: string, instance: number, options: LogOptions): AsyncIterable<LogLine>
  moveInstance(serviceId: string, instance: number, target: MoveTarget): Promise<void>
  /** Starts an update. @param descriptor of the service alone */
  updateService(id: string, descriptor: unknown): Promise<ChangedView>
  /** To the revision before, or to a certain one. */
  rollBack(id: string, revision?: number): Promise<ChangedView>
  /** @param replicas null: as many as are asked for one by one */
  setReplicas(id: string, replicas: number | null): Promise<void>
  revisions(id: string): Promise<readonly RevisionView[]>
  clusters(): Promise<readonly ClusterView[]>
  changeCluster(id: string, change: StandingChange): Promise<void>
  removeCluster(id: string): Promise<void>
  clusterJoinToken(name: string): Promise<string>
  unclaimed(): Promise<readonly UnclaimedView[]>
  adoptUnclaimed(clusterId: string, instanceId: string): Promise<void>
  dropUnclaimed(clusterId: string, instanceId: string): Promise<void>
  nodes(): Promise<readonly NodeView[]>
  changeNode(clusterId: string, id: string, change: StandingChange): Promise<void>
  removeNode(clusterId: string, id: string): Promise<void>
  nodeJoinToken(clusterId: string): Promise<string>
}

// A follower of a silent service must not be cut off; the end of the process or the connection ends it.
const NEVER_IDLE_MS = 0

/** A client that speaks as the session's user. */
export function createClient(session: Session): OakClient {
  const ask: Ask = async (call, what) => bodyOf(await session.send(call), what)
  const get = (path: string, what: string) => ask({ method: 'GET', path }, what)
  return {
    ...serviceChanges(ask),
    ...operatorChanges(ask),
    ...unclaimedCalls(ask),
    applications: async () => listOf(await get('/api/applications', 'cannot list applications')),
    createApplications: async (body) => listOf(await ask({ method: 'POST', path: '/api/application', body }, 'the descriptor was refused')),
    deleteApplication: async (id) =>
      void (await ask({ method: 'DELETE', path: `/api/application/${encode(id)}` }, 'cannot delete the application')),
    services: async (id) => listOf(await get(id ? `/api/services/${encode(id)}` : '/api/services/', 'cannot list services')),
    service: async (id) => (await get(`/api/service/${encode(id)}`, 'cannot read the service')) as ServiceView,
    deploy: async (id) => void (await ask({ method: 'POST', path: `/api/service/${encode(id)}/instance` }, 'cannot deploy the service')),
    undeploy: async (id, n) =>
      void (await ask({ method: 'DELETE', path: `/api/service/${encode(id)}/instance/${n}` }, `cannot undeploy instance ${n}`)),
    instance: async (id, n) => (await get(`/api/service/${encode(id)}/instance/${n}`, `cannot read instance ${n}`)) as InstanceView,
    logs: (id, n, options) => followLogs(session, `/api/service/${encode(id)}/instance/${n}/logs`, options),
    clusters: async () => listOf(await get('/api/clusters/', 'cannot list clusters')),
    clusterJoinToken: async (name) =>
      tokenOf(await ask({ method: 'POST', path: '/api/clusters/join-token', body: { cluster_name: name } }, 'cannot make a join token')),
    nodes: async () => listOf(await get('/api/nodes', 'cannot list nodes')),
    nodeJoinToken: async (id) =>
      tokenOf(await ask({ method: 'POST', path: `/api/cluster/${encode(id)}/join-token` }, 'cannot make a join token')),
  }
}

type Ask = (call: Call, what: string) => Promise<unknown>

function serviceChanges(ask: Ask): Pick<OakClient, 'moveInstance' | 'updateService' | 'rollBack' | 'setReplicas' | 'revisions'> {
  const at = (id: string, rest = '') => `/api/service/${encode(id)}${rest}`
  return {
    moveInstance: async (id, n, body) =>
      void (await ask({ method: 'POST', path: at(id, `/instance/${n}/move`), body }, `cannot move instance ${n}`)),
    updateService: async (id, body) => changedOf(await ask({ method: 'PUT', path: at(id), body }, 'the update was refused')),
    rollBack: async (id, revision) =>
      changedOf(
        await ask(
          { method: 'POST', path: at(id, '/rollback'), body: revision === undefined ? {} : { revision } },
          'cannot roll the service back',
        ),
      ),
    setReplicas: async (id, replicas) =>
      void (await ask({ method: 'PUT', path: at(id, '/replicas'), body: { replicas } }, 'cannot scale the service')),
    revisions: async (id) => listOf(await ask({ method: 'GET', path: at(id, '/revisions') }, 'cannot read the history')),
  }
}

function operatorChanges(ask: Ask): Pick<OakClient, 'changeCluster' | 'removeCluster' | 'changeNode' | 'removeNode'> {
  const cluster = (id: string) => `/api/clusters/${encode(id)}`
  const node = (clusterId: string, id: string) => `${cluster(clusterId)}/nodes/${encode(id)}`
  return {
    changeCluster: async (id, body) => void (await ask({ method: 'PATCH', path: cluster(id), body }, 'cannot change the cluster')),
    removeCluster: async (id) => void (await ask({ method: 'DELETE', path: cluster(id) }, 'cannot remove the cluster')),
    changeNode: async (clusterId, id, body) =>
      void (await ask({ method: 'PATCH', path: node(clusterId, id), body }, 'cannot change the node')),
    removeNode: async (clusterId, id) => void (await ask({ method: 'DELETE', path: node(clusterId, id) }, 'cannot remove the node')),
  }
}

function unclaimedCalls(ask: Ask): Pick<OakClient, 'unclaimed' | 'adoptUnclaimed' | 'dropUnclaimed'> {
  const at = (clusterId: string, id: string) => `/api/unclaimed/${encode(clusterId)}/${encode(id)}`
  return {
    unclaimed: async () => listOf(await ask({ method: 'GET', path: '/api/unclaimed' }, 'cannot list unclaimed instances')),
    adoptUnclaimed: async (clusterId, id) =>
      void (await ask({ method: 'POST', path: `${at(clusterId, id)}/adopt` }, 'cannot adopt the instance')),
    dropUnclaimed: async (clusterId, id) => void (await ask({ method: 'DELETE', path: at(clusterId, id) }, 'cannot drop the instance')),
  }
}

/** Whether root answers, and whether it is ready. Needs no login. @throws OakError `unavailable` when nothing answers */
export async function apiStatus(api: URL, idleMs: number, signal?: AbortSignal): Promise<StatusAnswer> {
  const answer = await httpRequest({ method: 'GET', url: new URL('/api/status', api), idleMs, ...(signal && { signal }) })
  const body = bodyOf(answer, `cannot read the status of ${api.origin}`)
  return isRecord(body)
    ? { version: String(body['version'] ?? 'unknown'), ready: body['ready'] === true }
    : { version: 'unknown', ready: false }
}

async function* followLogs(session: Session, path: string, options: LogOptions): AsyncGenerator<LogLine> {
  const query = new URLSearchParams({
    ...(options.tail !== undefined && { tail: String(options.tail) }),
    ...(options.follow && { follow: 'true' }),
  })
  const url = new URL(`${path}?${query}`, session.api)
  const response = await openHttp({ method: 'GET', url, token: await session.token(), idleMs: NEVER_IDLE_MS, signal: options.signal })
  if (response.statusCode !== 200) throw await logRefusal(response)
  try {
    for await (const value of parseNdjson(response)) yield value as LogLine
  } catch (thrown) {
    // Called off by the reader: an end like any other.
    if (!options.signal.aborted) throw thrown
  } finally {
    response.destroy()
  }
}

async function logRefusal(response: IncomingMessage): Promise<Error> {
  const values: unknown[] = []
  for await (const value of parseNdjson(response)) values.push(value)
  return refusalOf({ status: response.statusCode ?? 0, body: values[0] }, 'cannot read the log')
}

function encode(part: string): string {
  return encodeURIComponent(part)
}

function listOf<T>(body: unknown): readonly T[] {
  return Array.isArray(body) ? (body as readonly T[]) : []
}

function changedOf(body: unknown): ChangedView {
  const { revision, notes } = isRecord(body) ? body : {}
  return { notes: listOf<NoteView>(notes), ...(typeof revision === 'number' && { revision }) }
}

function tokenOf(body: unknown): string {
  return isRecord(body) && typeof body['token'] === 'string' ? body['token'] : ''
}
