/*
 * What the command line reads of root's answers: the types of the API's document, of which another version may leave out
 * all but what is named here. Readers treat the rest as optional.
 */
import type { Answer, Api } from '@oakestra/api-client'

type Lenient<T, Certain extends keyof T> = Pick<T, Certain> & Partial<Omit<T, Certain>>

export type ApplicationView = Lenient<Api.CreatedApplication, 'applicationID' | 'application_name' | 'application_namespace'>
export type InstanceView = Lenient<Omit<Api.Instance, 'candidates'>, 'instance_number' | 'status'> & {
  readonly candidates?: readonly CandidateView[]
}
export type CandidateView = Lenient<Api.Instance['candidates'][number], 'name' | 'reasons'>
export type RolloutView = Lenient<Api.Rollout, 'state' | 'detail' | 'from_revision' | 'to_revision'>
export type RevisionView = Api.Revision
export type ServiceView = Lenient<
  Omit<Api.Service, 'instance_list' | 'rollout'>,
  'microserviceID' | 'microservice_name' | 'microservice_namespace' | 'applicationID'
> & { readonly instance_list?: readonly InstanceView[]; readonly rollout?: RolloutView | null }
export type ClusterView = Lenient<Omit<Api.Cluster, 'port'>, '_id' | 'cluster_name' | 'active'> & {
  /** A number in upstream's answers. */
  readonly port?: number | string
}
export type NodeView = Lenient<Omit<Api.Node, 'facts'>, 'id' | 'name' | 'cluster_id' | 'state'> & {
  readonly facts?: Lenient<NonNullable<Api.Node['facts']>, 'vcpus' | 'memory_mib'>
}
/** What runs and nobody is known to want. */
export type UnclaimedView = Lenient<Api.UnclaimedInstance, 'instance_id' | 'instance_number' | 'job_name' | 'cluster_id'>
/** The answer to a change of a service's descriptor. */
export type ChangedView = Lenient<Api.ChangedService, 'notes'>
/** What a document says without effect. */
export type NoteView = Api.ChangedService['notes'][number]
export type StatusAnswer = Answer<'GET /api/status'>
export type LogLine = Api.LogLine
