import { isDeepStrictEqual } from 'node:util'
import type { Cluster, DesiredInstance, Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { type CustomObject, customObjects } from '../custom-resources/custom-resource.ts'
import { applications, clusters, instances, type ReportedInstance, reports, services } from '../state/collections.ts'
import type { PostEvent } from './hook.ts'
import type { HookSubject } from './hook-subject.ts'

/** The first and the last state of a document in one transaction. */
export interface DocumentChange<T> {
  readonly before: T | undefined
  readonly after: T | undefined
}

export interface HookNews {
  readonly event: PostEvent
  readonly subject: HookSubject
}

/** What hooks are told of a change; nothing when it is none to them. */
export type NewsOf<T> = (change: DocumentChange<T>, reader: Reader) => Promise<HookNews | undefined>

/** By the names of collections. */
export const WATCHED: ReadonlyMap<string, NewsOf<unknown>> = new Map([
  [applications.name, newsOf<{ readonly id: string }>(({ id }) => ({ kind: 'applications', id }))],
  [services.name, newsOf<Service>(({ id }) => ({ kind: 'services', id }), lastingOfService)],
  [instances.name, newsOf<DesiredInstance>(instanceSubject, lastingOfInstance)],
  [reports.name, ofReport as NewsOf<unknown>],
  [clusters.name, newsOf<Cluster>(({ id }) => ({ kind: 'clusters', id }), lastingOfCluster)],
  [customObjects.name, newsOf<CustomObject>(({ id, type }) => ({ kind: type, id }))],
])

/** @param lasting what of a document is worth telling when it changes */
function newsOf<T>(subjectOf: (document: T) => HookSubject, lasting: (document: T) => unknown = (document) => document): NewsOf<unknown> {
  const news: NewsOf<T> = async ({ before, after }) => {
    if (before === undefined) return after === undefined ? undefined : { event: 'post_create', subject: subjectOf(after) }
    if (after === undefined) return { event: 'post_delete', subject: subjectOf(before) }
    return isDeepStrictEqual(lasting(before), lasting(after)) ? undefined : { event: 'post_update', subject: subjectOf(after) }
  }
  // Asked only about documents of the collection under whose name it stands.
  return news as NewsOf<unknown>
}

function instanceSubject({ id, serviceId, number }: DesiredInstance): HookSubject {
  return { kind: 'instances', id, serviceId, instanceNumber: number }
}

/** What a report says anew of its instance. Upstream told hooks of every heartbeat. `reference/orchestration.md` W-37. */
async function ofReport({ before, after }: DocumentChange<ReportedInstance>, reader: Reader): Promise<HookNews | undefined> {
  if (!after || isDeepStrictEqual(before && lastingOfReport(before), lastingOfReport(after))) return undefined
  const instance = await reader.get(instances, after.instanceId)
  return instance && { event: 'post_update', subject: instanceSubject(instance) }
}

function lastingOfReport({ state, nodeId, revision, exitCode, health }: ReportedInstance): unknown {
  return { state, nodeId, revision, exitCode, health }
}

/** The next number is told with the instance that gets it; whom it admits follows from what is told of others. */
function lastingOfService(service: Service): unknown {
  const { nextInstanceNumber: _, admits: __, ...lasting } = service
  return lasting
}

/** Without notes of the scheduler to itself. */
function lastingOfInstance({ id, clusterId, term, leaving, revision, ended, removing }: DesiredInstance): unknown {
  return { id, clusterId, term, leaving, revision, ended, removing }
}

/** What a cluster measures changes all the time and is no change of the cluster. */
function lastingOfCluster(cluster: Cluster): unknown {
  const { facts, lastSeenAtMs: _, address: __, ...lasting } = cluster
  return { ...lasting, activeNodes: facts?.activeNodes, virtualizations: facts?.virtualizations }
}
