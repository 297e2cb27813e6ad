import { type Api, type ApiClient, createApiClient } from '@oakestra/api-client'
import { isRecord, told } from './answers.ts'
import { nodeFetch } from './node-fetch.ts'
import { IDLE_MS, type Session } from './session.ts'
import type {
  ApplicationView,
  ChangedView,
  ClusterView,
  InstanceView,
  LogLine,
  NodeView,
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

/** Where a service is to be reached from outside the overlay, in the words of a descriptor. */
export interface GatewayWish {
  readonly ports: string
  readonly host?: string
  readonly nodes?: string[]
  readonly labels?: string[]
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
  isolateApplication(id: string, isolated: boolean): Promise<void>
  deleteApplication(id: string): Promise<void>
  /** Of one application, or all. */
  services(applicationId?: string): Promise<readonly ServiceView[]>
  service(id: string): Promise<ServiceView>
  deploy(serviceId: string): Promise<void>
  undeploy(serviceId: string, instance: number): Promise<void>
  instance(serviceId: string, instance: number): Promise<InstanceView>
  logs(serviceId: string, instance: number, options: LogOptions): AsyncIterable<LogLine>
  moveInstance(serviceId: string, instance: number, target: MoveTarget): Promise<void>
  /** @returns what `restarts_asked` of the instance is at least when it is done */
  restartInstance(serviceId: string, instance: number, reason?: string): Promise<number>
  /** Starts an update. @param descriptor of the service alone */
  updateService(id: string, descriptor: unknown): Promise<ChangedView>
  /** To the revision before, or to a certain one. */
  rollBack(id: string, revision?: number): Promise<ChangedView>
  /** @param replicas null: as many as are asked for one by one */
  setReplicas(id: string, replicas: number | null): Promise<void>
  /** @param gateway null: at no node */
  setGateway(id: string, gateway: GatewayWish | null): Promise<void>
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

/** A client that speaks as the session's user, and gives up when the signal is aborted. */
export function createClient(session: Session, signal?: AbortSignal): OakClient {
  const api = apiOf(session, IDLE_MS, signal)
  return {
    ...applicationCalls(api),
    ...serviceCalls(api),
    ...instanceCalls(api, apiOf(session, NEVER_IDLE_MS)),
    ...clusterCalls(api),
    ...nodeCalls(api),
    ...unclaimedCalls(api),
  }
}

/** The API as the session's user sees it. */
export function apiOf(session: Session, idleMs = IDLE_MS, signal?: AbortSignal): ApiClient {
  const send = nodeFetch(idleMs)
  return createApiClient({
    baseUrl: session.api.origin,
    fetch: (url, init) => send(url, signal && !init.signal ? { ...init, signal } : init),
    token: () => session.token(),
    onUnauthorized: async () => {
      await session.renew()
      return true
    },
  })
}

type ApplicationCalls = Pick<OakClient, 'applications' | 'createApplications' | 'isolateApplication' | 'deleteApplication'>

function applicationCalls(api: ApiClient): ApplicationCalls {
  return {
    applications: async () => listOf(await told('cannot list applications', api.call('GET /api/applications'))),
    // A file of the user's: root says what is wrong with it.
    createApplications: async (body) =>
      listOf(await told('the descriptor was refused', api.call('POST /api/application', { body: body as Api.Sla }))),
    isolateApplication: async (applicationId, isolated) =>
      void (await told(
        'cannot change the application',
        api.call('PUT /api/application/{applicationId}', { params: { applicationId }, body: { isolated } }),
      )),
    deleteApplication: async (applicationId) =>
      void (await told(
        'cannot delete the application',
        api.call('DELETE /api/application/{applicationId}', { params: { applicationId } }),
      )),
  }
}

type ServiceCalls = Pick<OakClient, 'services' | 'service' | 'updateService' | 'rollBack' | 'setReplicas' | 'setGateway' | 'revisions'>

function serviceCalls(api: ApiClient): ServiceCalls {
  const of = (serviceId: string) => ({ params: { serviceId } })
  const listed = (applicationId?: string) =>
    applicationId ? api.call('GET /api/services/{applicationId}', { params: { applicationId } }) : api.call('GET /api/services')
  return {
    services: async (applicationId) => listOf(await told('cannot list services', listed(applicationId))),
    service: (id) => told('cannot read the service', api.call('GET /api/service/{serviceId}', of(id))),
    updateService: async (id, descriptor) => {
      const body = descriptor as Api.ServiceDescriptor
      return changedOf(await told('the update was refused', api.call('PUT /api/service/{serviceId}', { ...of(id), body })))
    },
    rollBack: async (id, revision) => {
      const body = revision === undefined ? {} : { revision }
      return changedOf(await told('cannot roll the service back', api.call('POST /api/service/{serviceId}/rollback', { ...of(id), body })))
    },
    setReplicas: async (id, replicas) =>
      void (await told('cannot scale the service', api.call('PUT /api/service/{serviceId}/replicas', { ...of(id), body: { replicas } }))),
    setGateway: async (id, gateway) =>
      void (await told(
        'cannot publish the service',
        api.call('PUT /api/service/{serviceId}/gateway', { ...of(id), body: { gateway: gateway && { ...gateway } } }),
      )),
    revisions: async (id) => listOf(await told('cannot read the history', api.call('GET /api/service/{serviceId}/revisions', of(id)))),
  }
}

type InstanceCalls = Pick<OakClient, 'deploy' | 'undeploy' | 'instance' | 'moveInstance' | 'restartInstance' | 'logs'>

function instanceCalls(api: ApiClient, streams: ApiClient): InstanceCalls {
  const at = (serviceId: string, instanceNumber: number) => ({ params: { serviceId, instanceNumber } })
  const ONE = '/api/service/{serviceId}/instance/{instanceNumber}'
  return {
    deploy: async (serviceId) =>
      void (await told('cannot deploy the service', api.call('POST /api/service/{serviceId}/instance', { params: { serviceId } }))),
    undeploy: async (id, n) => void (await told(`cannot undeploy instance ${n}`, api.call(`DELETE ${ONE}`, at(id, n)))),
    instance: (id, n) => told(`cannot read instance ${n}`, api.call(`GET ${ONE}`, at(id, n))),
    moveInstance: async (id, n, body) =>
      void (await told(`cannot move instance ${n}`, api.call(`POST ${ONE}/move`, { ...at(id, n), body: { ...body } }))),
    restartInstance: async (id, n, reason) => {
      const body = reason === undefined ? {} : { reason }
      const asked = await told(`cannot restart instance ${n}`, api.call(`POST ${ONE}/restart`, { ...at(id, n), body }))
      return asked.restarts_asked
    },
    async *logs(id, n, { tail, follow, signal }) {
      const query = { ...(tail !== undefined && { tail }), ...(follow && { follow }) }
      const lines = streams.lines(`GET ${ONE}/logs`, { ...at(id, n), query, signal })
      for (;;) {
        const { done, value } = await told('cannot read the log', lines.next())
        if (done) return
        yield value
      }
    },
  }
}

type ClusterCalls = Pick<OakClient, 'clusters' | 'changeCluster' | 'removeCluster' | 'clusterJoinToken'>

function clusterCalls(api: ApiClient): ClusterCalls {
  return {
    clusters: async () => listOf(await told('cannot list clusters', api.call('GET /api/clusters'))),
    changeCluster: async (clusterId, body) =>
      void (await told(
        'cannot change the cluster',
        api.call('PATCH /api/clusters/{clusterId}', { params: { clusterId }, body: { ...body } }),
      )),
    removeCluster: async (clusterId) =>
      void (await told('cannot remove the cluster', api.call('DELETE /api/clusters/{clusterId}', { params: { clusterId } }))),
    clusterJoinToken: async (cluster_name) =>
      (await told('cannot make a join token', api.call('POST /api/clusters/join-token', { body: { cluster_name } }))).token,
  }
}

type NodeCalls = Pick<OakClient, 'nodes' | 'changeNode' | 'removeNode' | 'nodeJoinToken'>

function nodeCalls(api: ApiClient): NodeCalls {
  const at = (clusterId: string, nodeId: string) => ({ params: { clusterId, nodeId } })
  const ONE = '/api/clusters/{clusterId}/nodes/{nodeId}'
  return {
    nodes: async () => listOf(await told('cannot list nodes', api.call('GET /api/nodes'))),
    changeNode: async (clusterId, id, body) =>
      void (await told('cannot change the node', api.call(`PATCH ${ONE}`, { ...at(clusterId, id), body: { ...body } }))),
    removeNode: async (clusterId, id) => void (await told('cannot remove the node', api.call(`DELETE ${ONE}`, at(clusterId, id)))),
    nodeJoinToken: async (clusterId) =>
      (await told('cannot make a join token', api.call('POST /api/cluster/{clusterId}/join-token', { params: { clusterId } }))).token,
  }
}

type UnclaimedCalls = Pick<OakClient, 'unclaimed' | 'adoptUnclaimed' | 'dropUnclaimed'>

function unclaimedCalls(api: ApiClient): UnclaimedCalls {
  const at = (clusterId: string, instanceId: string) => ({ params: { clusterId, instanceId } })
  const ONE = '/api/unclaimed/{clusterId}/{instanceId}'
  return {
    unclaimed: async () => listOf(await told('cannot list unclaimed instances', api.call('GET /api/unclaimed'))),
    adoptUnclaimed: async (clusterId, id) =>
      void (await told('cannot adopt the instance', api.call(`POST ${ONE}/adopt`, at(clusterId, id)))),
    dropUnclaimed: async (clusterId, id) => void (await told('cannot drop the instance', api.call(`DELETE ${ONE}`, at(clusterId, id)))),
  }
}

/** Whether root answers, and whether it is ready. Needs no login. @throws OakError `unavailable` when nothing answers */
export async function apiStatus(api: URL, idleMs: number, signal?: AbortSignal): Promise<StatusAnswer> {
  const client = createApiClient({ baseUrl: api.origin, fetch: nodeFetch(idleMs), token: () => undefined })
  const asked = client.call('GET /api/status', signal ? { signal } : {})
  const body: unknown = await told(`cannot read the status of ${api.origin}`, asked)
  // Something else may answer there.
  return isRecord(body)
    ? { version: String(body['version'] ?? 'unknown'), ready: body['ready'] === true }
    : { version: 'unknown', ready: false }
}

/** A list, also where another version answers with something else. */
function listOf<T>(body: readonly T[]): readonly T[] {
  return Array.isArray(body) ? body : []
}

/** What a change answers, also where another version says less. */
function changedOf(body: unknown): ChangedView {
  const { revision, notes } = (isRecord(body) ? body : {}) as Partial<ChangedView>
  return { notes: listOf(notes ?? []), ...(typeof revision === 'number' && { revision }) }
}
