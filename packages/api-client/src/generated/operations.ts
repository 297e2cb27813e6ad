// Written by tools/generate-client.ts from spec/openapi.json: change that, not this.
import type * as T from './types.ts'

/** Operations by method and path: what each takes and answers. */
export interface Operations {
  /** Log in */
  readonly 'POST /api/auth/login': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.Login
    readonly answer: T.Tokens
  }
  /** Get a new access token for a refresh token */
  readonly 'POST /api/auth/refresh': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.AccessToken
  }
  /** An Organization_Admin gives the roles Organization_Admin and Application_Provider; the others are an Admin's to give. */
  readonly 'POST /api/auth/register': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.Registration
    readonly answer: T.User
  }
  /** Mail a user the way to a new password */
  readonly 'POST /api/user': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.PasswordResetRequest
    readonly answer: T.Message
  }
  /** A token works once, within an hour. All sessions of the user end. */
  readonly 'PUT /api/user': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.PasswordReset
    readonly answer: T.Message
  }
  /** List all users, or for an Organization_Admin those of its organization */
  readonly 'GET /api/users': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.User[]
  }
  /** An organization that does not exist has no members, as upstream has it. */
  readonly 'GET /api/users/{organizationId}': {
    readonly params: {
      readonly organizationId: string | number
    }
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.User[]
  }
  /** Show a user */
  readonly 'GET /api/user/{userName}': {
    readonly params: {
      readonly userName: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.User
  }
  /** Ends all sessions of the user; the answer has the tokens of a new one. */
  readonly 'POST /api/user/{userName}': {
    readonly params: {
      readonly userName: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.PasswordChange
    readonly answer: T.ChangedPassword
  }
  /** Oneself: the address. An Organization_Admin: roles within the organization. An Admin: all of it. */
  readonly 'PUT /api/user/{userName}': {
    readonly params: {
      readonly userName: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.UserChange
    readonly answer: T.User
  }
  /** Refused while it owns applications. An Organization_Admin takes a member out of the organization; who is in no other is deleted. */
  readonly 'DELETE /api/user/{userName}': {
    readonly params: {
      readonly userName: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** Show the roles of a user in the organization of the caller */
  readonly 'GET /api/permission/{userName}': {
    readonly params: {
      readonly userName: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Roles
  }
  /** List all organizations, or for an Organization_Admin its own */
  readonly 'GET /api/organization': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Organization[]
  }
  /** Make an organization */
  readonly 'POST /api/organization': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.NewOrganization
    readonly answer: string
  }
  /** Show an organization */
  readonly 'GET /api/organization/{organizationId}': {
    readonly params: {
      readonly organizationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Organization
  }
  /** An Organization_Admin changes its own one, without adding users or touching the roles that only Admins give. */
  readonly 'PUT /api/organization/{organizationId}': {
    readonly params: {
      readonly organizationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.OrganizationChange
    readonly answer: T.Message
  }
  /** Its users stay, and so do the applications made in it: with their owners alone. `root` cannot be deleted. */
  readonly 'DELETE /api/organization/{organizationId}': {
    readonly params: {
      readonly organizationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** All of them with their services, or none. Answers every application of the caller: the CLIs pick theirs by name. */
  readonly 'POST /api/application': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.Sla
    readonly answer: readonly T.CreatedApplication[]
  }
  /** List the applications the caller may see: its own, those of its organization; for Admins, everybody's */
  readonly 'GET /api/applications': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Application[]
  }
  /** List the applications of a user: oneself, unless the caller is an Admin */
  readonly 'GET /api/applications/{userId}': {
    readonly params: {
      readonly userId: string | number
    }
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Application[]
  }
  /** Show an application */
  readonly 'GET /api/application/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Application
  }
  /** Describe an application anew, isolate it, or give it to another user; what is not named stays */
  readonly 'PUT /api/application/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ApplicationChange
    readonly answer: T.ChangedApplication
  }
  /** Delete an application with its services and instances */
  readonly 'DELETE /api/application/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** `applications[].applicationID` names it, or `applicationID` beside a bare list of `microservices`. All services are added, or none: `failed_services` is always empty. */
  readonly 'POST /api/service': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.Sla
    readonly answer: T.AddedServices
  }
  /** List the services the caller may see: its own, those of its organization; for Admins, everybody's */
  readonly 'GET /api/services': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
      /** Only services with this in their full name, image or round-robin address, in letters of either case. */
      readonly q?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Service[]
  }
  /** List the services of an application */
  readonly 'GET /api/services/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Service[]
  }
  /** Show a service and its instances */
  readonly 'GET /api/service/{serviceId}': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Service
  }
  /** What matters to instances makes a new revision, which reaches them under the update policy of the descriptor. Name, namespace and addresses stay; what the descriptor leaves out has its default, except `replicas` and `addresses`, which stay. */
  readonly 'PUT /api/service/{serviceId}': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ServiceDescriptor
    readonly answer: T.ChangedService
  }
  /** Delete a service and its instances */
  readonly 'DELETE /api/service/{serviceId}': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** Makes a new revision with the content of an older one. Instances that still run that content are left alone. The number of replicas stays. */
  readonly 'POST /api/service/{serviceId}/rollback': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.RollbackRequest | undefined
    readonly answer: T.RolledBackService
  }
  /** Instances are added and ended until it is so: first those that do not work, then those with the highest numbers. */
  readonly 'PUT /api/service/{serviceId}/replicas': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ReplicasRequest
    readonly answer: T.DeclaredReplicas
  }
  /** Takes the place of what the descriptor said. No instance is replaced. A port that another service has on the same nodes is refused. */
  readonly 'PUT /api/service/{serviceId}/gateway': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.GatewayRequest
    readonly answer: T.PublishedService
  }
  /** The newest ten before the present one are kept, and those that instances still have. */
  readonly 'GET /api/service/{serviceId}/revisions': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Revision[]
  }
  /** A body is ignored. Once this is answered the instance is wanted for good; its place is found afterwards. */
  readonly 'POST /api/service/{serviceId}/instance': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.AddedInstance
  }
  /** Also shows an instance that is being removed. Its output is at `/logs`. */
  readonly 'GET /api/service/{serviceId}/instance/{instanceNumber}': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Instance
  }
  /** End an instance; all of them with the number -1 */
  readonly 'DELETE /api/service/{serviceId}/instance/{instanceNumber}': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** It is ended where it is and then started elsewhere, under the same number and addresses. Without a target its cluster chooses another node. Refused when the target cannot take it. */
  readonly 'POST /api/service/{serviceId}/instance/{instanceNumber}/move': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.Move | undefined
    readonly answer: T.Message
  }
  /** Its process is stopped with its grace period, and a new one is started on the same node, under the same number and addresses. Counts under `restarts`, but against no restart policy, and ends a pause before the next try. When its node is away, it happens when that is back. Refused for a one-shot, and for what has ended for good. */
  readonly 'POST /api/service/{serviceId}/instance/{instanceNumber}/restart': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.Restart | undefined
    readonly answer: T.Restarted
  }
  /** Read the output of an instance, line by line as JSON */
  readonly 'GET /api/service/{serviceId}/instance/{instanceNumber}/logs': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: {
      /** Begin with that many of the newest lines; everything kept, when absent. */
      readonly tail?: string | number
      /** Stay, and send what is written from now on. */
      readonly follow?: '0' | '1' | 'true' | 'false' | '' | boolean
      /** Leave out what was written before. */
      readonly since?: string | number
    }
    readonly body: undefined
    readonly answer: T.LogLine
  }
  /** List all clusters */
  readonly 'GET /api/clusters': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Cluster[]
  }
  /** List the clusters that are connected */
  readonly 'GET /api/clusters/active': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Cluster[]
  }
  /** Show a cluster */
  readonly 'GET /api/cluster/{clusterId}': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Cluster
  }
  /** Cordon a cluster, or give it labels; what is not named stays */
  readonly 'PATCH /api/clusters/{clusterId}': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ClusterChange
    readonly answer: T.Cluster
  }
  /** Its instances go to other clusters, and it is gone when none is left: its certificate is refused from then on. Instances that no other cluster takes keep it until they are removed. Asking again shows how far it is. */
  readonly 'DELETE /api/clusters/{clusterId}': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.ClusterRemoval
  }
  /** Make a token with which a cluster joins this root */
  readonly 'POST /api/clusters/join-token': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ClusterTokenRequest
    readonly answer: T.JoinToken
  }
  /** Make a token with which a node joins a cluster */
  readonly 'POST /api/cluster/{clusterId}/join-token': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.JoinToken
  }
  /** List nodes, of one cluster or of all */
  readonly 'GET /api/nodes': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
      /** Id of a cluster. */
      readonly cluster?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Node[]
  }
  /** The cluster does it, so it must be connected. */
  readonly 'PATCH /api/clusters/{clusterId}/nodes/{nodeId}': {
    readonly params: {
      readonly clusterId: string | number
      readonly nodeId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.NodeChange
    readonly answer: T.Message
  }
  /** What it has goes to other nodes first; its certificate is refused from then on. The cluster does it, so it must be connected. */
  readonly 'DELETE /api/clusters/{clusterId}/nodes/{nodeId}': {
    readonly params: {
      readonly clusterId: string | number
      readonly nodeId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** There are such after root or their cluster was restored from a backup that is older than they are, or root was replaced. They go on until they are adopted or dropped. */
  readonly 'GET /api/unclaimed': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.UnclaimedInstance[]
  }
  /** It goes on as it is. Where its service is not known, service and application are made again, with the same ids, out of what their instances say; they belong to whoever asks. */
  readonly 'POST /api/unclaimed/{clusterId}/{instanceId}/adopt': {
    readonly params: {
      readonly clusterId: string | number
      readonly instanceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.UnclaimedAdopted
  }
  /** End an unclaimed instance */
  readonly 'DELETE /api/unclaimed/{clusterId}/{instanceId}': {
    readonly params: {
      readonly clusterId: string | number
      readonly instanceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** By its name `application.namespace.service.namespace`, with dots or with `_`. The lists are empty when there is none. */
  readonly 'GET /api/pubnet/service/netinfo/{serviceName}': {
    readonly params: {
      readonly serviceName: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.NetInfo
  }
  /** An address of the service or of one of its instances; the dots of IPv4 as they are or as `_`. The lists are empty when there is none. */
  readonly 'GET /api/pubnet/service/netinfo/ip/{address}': {
    readonly params: {
      readonly address: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.NetInfo
  }
  /** For `rr_ip` and `rr_ip_v6` of a descriptor. Nothing is reserved: the first who deploys with one has it. */
  readonly 'GET /api/pubnet/service/netinfo/available-ip': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** IPv4, which is the default, or IPv6. */
      readonly v?: '4' | '6'
    }
    readonly body: undefined
    readonly answer: T.AvailableAddresses
  }
  /** For `rr_ip` and `rr_ip_v6` of a descriptor. Nothing is reserved: the first who deploys with one has it. */
  readonly 'GET /api/pubnet/service/netinfo/available-ip/{count}': {
    readonly params: {
      readonly count: string | number
    }
    readonly query: {
      /** IPv4, which is the default, or IPv6. */
      readonly v?: '4' | '6'
    }
    readonly body: undefined
    readonly answer: T.AvailableAddresses
  }
  /** Of what the caller may see. A page may hold fewer events than were asked for and still not be the last: the header x-next-cursor says so. */
  readonly 'GET /api/events': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Id of an application. */
      readonly application?: string | number
      /** Id of a service. */
      readonly service?: string | number
      /** Id of an instance, or its number beside `service`. */
      readonly instance?: string | number
      /** Id of a cluster. */
      readonly cluster?: string | number
      /** Id of a node. */
      readonly node?: string | number
      /** Kinds such as `instance.status`, or their first word, separated by commas. */
      readonly kind?: string | number
      /** Nothing older: RFC 3339, or milliseconds since 1970. */
      readonly since?: string | number
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Event[]
  }
  /** Server-sent events. `event: event` is one event, its id that of the event: after a break go on with the header Last-Event-ID. `event: reset` says that what followed that id is not kept any more. `event: sample` is what an instance uses, `event: load` how busy a node or a cluster is. `event: alerts` is how many alerts are firing, and the most urgent of them: at first, and when that changes. `event: end` says why the stream ends: the token expired, the user is gone, or the reader is too slow. With `since` it begins with what happened since then. */
  readonly 'GET /api/events/stream': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Id of an application. */
      readonly application?: string | number
      /** Id of a service. */
      readonly service?: string | number
      /** Id of an instance, or its number beside `service`. */
      readonly instance?: string | number
      /** Id of a cluster. */
      readonly cluster?: string | number
      /** Id of a node. */
      readonly node?: string | number
      /** Kinds such as `instance.status`, or their first word, separated by commas. */
      readonly kind?: string | number
      /** Nothing older: RFC 3339, or milliseconds since 1970. */
      readonly since?: string | number
      /** True: also what instances use, and how busy nodes and clusters are, every two seconds where that was measured anew: as events `sample` and `load`. */
      readonly samples?: '0' | '1' | 'true' | 'false' | '' | boolean
      /** True: also what is firing, as events `alerts`, for an Admin or Infrastructure_Provider; nothing for others. */
      readonly alerts?: '0' | '1' | 'true' | 'false' | '' | boolean
    }
    readonly body: undefined
    readonly answer: T.Event
  }
  /** What users change of applications is in the events. */
  readonly 'GET /api/audit': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Name of a user, as it was given. */
      readonly user?: string | number
      /** An action, or how it begins: `login`, `DELETE`. */
      readonly action?: string | number
      readonly outcome?: 'done' | 'refused' | 'failed'
      /** Nothing older: RFC 3339, or milliseconds since 1970. */
      readonly since?: string | number
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.AuditEntry[]
  }
  /** Show how mail is sent */
  readonly 'GET /api/settings': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Settings
  }
  /** Say how mail is sent */
  readonly 'PUT /api/settings': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.SettingsChange
    readonly answer: T.Settings
  }
  /** Say how mail is sent, at the address that the dashboard of upstream calls */
  readonly 'PUT /apisettings': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.SettingsChange
    readonly answer: T.Settings
  }
  /** List clusters as candidates */
  readonly 'GET /api/v1/resources': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
      /** `true`: only clusters that are connected. */
      readonly active?: string | number
      readonly candidate_name?: string | number
      readonly ip?: string | number
      /** Only clusters that have instances of this service. */
      readonly job_id?: string | number
      /** Further members to answer, with commas between them. */
      readonly resources?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Candidate[]
  }
  /** Not offered: clusters join by themselves: make a token with POST /api/clusters/join-token */
  readonly 'POST /api/v1/resources': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** Not offered: clusters join by themselves: make a token with POST /api/clusters/join-token */
  readonly 'PUT /api/v1/resources': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** Show a cluster as a candidate */
  readonly 'GET /api/v1/resources/{clusterId}': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Candidate
  }
  /** What upstream’s clusters write here, such as their load, is what a cluster says of itself: others cannot say it. */
  readonly 'PATCH /api/v1/resources/{clusterId}': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.CandidateChange
    readonly answer: T.Candidate
  }
  /** Remove a cluster; asking for one that is not there is no error */
  readonly 'DELETE /api/v1/resources/{clusterId}': {
    readonly params: {
      readonly clusterId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: undefined
  }
  /** List the applications the caller may see */
  readonly 'GET /api/v1/applications': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
      readonly application_name?: string | number
      readonly application_namespace?: string | number
      /** Name of the user who owns it. */
      readonly userId?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Application[]
  }
  /** Create one application */
  readonly 'POST /api/v1/applications': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ResourceApplication
    readonly answer: T.Application
  }
  /** Show an application */
  readonly 'GET /api/v1/applications/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Application
  }
  /** Describe an application anew, or give it to another user; what is not named stays */
  readonly 'PATCH /api/v1/applications/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ApplicationChange
    readonly answer: T.Application
  }
  /** Delete an application with its services and instances; answers it as it was */
  readonly 'DELETE /api/v1/applications/{applicationId}': {
    readonly params: {
      readonly applicationId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Application
  }
  /** List the services the caller may see */
  readonly 'GET /api/v1/jobs': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
      readonly applicationID?: string | number
      readonly job_name?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Service[]
  }
  /** The application is named by applicationID, or by app_name and app_ns. */
  readonly 'POST /api/v1/jobs': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ServiceDescriptor
    readonly answer: T.Service
  }
  /** Add a service to an application, or change the one of this name */
  readonly 'PUT /api/v1/jobs': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.ServiceDescriptor
    readonly answer: T.Service
  }
  /** Show a service; with `instance_number`, one of its instances only */
  readonly 'GET /api/v1/jobs/{serviceId}': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: {
      readonly instance_number?: string | number
    }
    readonly body: undefined
    readonly answer: T.Service
  }
  /** Objects are merged, lists are replaced, `null` takes a member away. The whole descriptor has to be right afterwards. */
  readonly 'PATCH /api/v1/jobs/{serviceId}': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.JobChange
    readonly answer: T.Service
  }
  /** Delete a service and its instances; answers it as it was */
  readonly 'DELETE /api/v1/jobs/{serviceId}': {
    readonly params: {
      readonly serviceId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Service
  }
  /** Show a service with one of its instances only */
  readonly 'GET /api/v1/jobs/{serviceId}/{instanceNumber}': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Service
  }
  /** A body is ignored. A number that an instance has is refused with 400, any other but the next one with 409. */
  readonly 'PUT /api/v1/jobs/{serviceId}/{instanceNumber}': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Service
  }
  /** End an instance; all of them with the number -1 */
  readonly 'DELETE /api/v1/jobs/{serviceId}/{instanceNumber}': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Service
  }
  /** Not offered: what an instance does is what its cluster reports; move it with POST /api/service/{id}/instance/{n}/move */
  readonly 'PATCH /api/v1/jobs/{serviceId}/{instanceNumber}': {
    readonly params: {
      readonly serviceId: string | number
      readonly instanceNumber: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** List hooks */
  readonly 'GET /api/v1/hooks': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.Hook[]
  }
  /** It is called from now on: before changes for pre_* events, after them for post_* events. `docs/hooks.md` says how. */
  readonly 'POST /api/v1/hooks': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.NewHook
    readonly answer: T.CreatedHook
  }
  /** Show a hook */
  readonly 'GET /api/v1/hooks/{hookId}': {
    readonly params: {
      readonly hookId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Hook
  }
  /** Change a hook; what is not named stays */
  readonly 'PATCH /api/v1/hooks/{hookId}': {
    readonly params: {
      readonly hookId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.HookChange
    readonly answer: T.Hook
  }
  /** Remove a hook with everything it has not heard */
  readonly 'DELETE /api/v1/hooks/{hookId}': {
    readonly params: {
      readonly hookId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: undefined
  }
  /** List what a hook has not heard: what waits, and what was given up */
  readonly 'GET /api/v1/hooks/{hookId}/deliveries': {
    readonly params: {
      readonly hookId: string | number
    }
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
      /** Both where nothing is said. */
      readonly state?: 'waiting' | 'failed'
    }
    readonly body: undefined
    readonly answer: readonly T.HookDelivery[]
  }
  /** Tell a hook at once what waits or was given up */
  readonly 'POST /api/v1/hooks/{hookId}/deliveries/{deliveryId}/retry': {
    readonly params: {
      readonly hookId: string | number
      readonly deliveryId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** Tell a hook at once everything that was given up */
  readonly 'POST /api/v1/hooks/{hookId}/retry': {
    readonly params: {
      readonly hookId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** List the types of custom resources */
  readonly 'GET /api/v1/custom-resources': {
    readonly params: Readonly<Record<never, never>>
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.CustomType[]
  }
  /** Draft-07, 2019-09 or 2020-12. References stay within the schema and do not go in circles; patterns are quick on every text. */
  readonly 'POST /api/v1/custom-resources': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.CustomTypeDefinition
    readonly answer: T.CustomType
  }
  /** Remove a type of custom resources with all its objects */
  readonly 'DELETE /api/v1/custom-resources/{resourceType}': {
    readonly params: {
      readonly resourceType: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Message
  }
  /** Those of the caller; for Admins, everybody’s. Every query parameter but `limit` and `cursor` is a filter: `?color=red&spec.size=3`. Texts are compared by the type of what is stored; one parameter several times means any of the values. */
  readonly 'GET /api/v1/custom-resources/{resourceType}': {
    readonly params: {
      readonly resourceType: string | number
    }
    readonly query: {
      /** Answer a page of at most so many; it may hold fewer and still not be the last. Without it, everything. */
      readonly limit?: string | number
      /** Go on where a page ended: the header x-next-cursor of its answer. The last page has none. */
      readonly cursor?: string | number
    }
    readonly body: undefined
    readonly answer: readonly T.CustomObject[]
  }
  /** Make an object of a custom type */
  readonly 'POST /api/v1/custom-resources/{resourceType}': {
    readonly params: {
      readonly resourceType: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.CustomObjectBody
    readonly answer: T.CustomObject
  }
  /** Show an object of a custom type */
  readonly 'GET /api/v1/custom-resources/{resourceType}/{objectId}': {
    readonly params: {
      readonly resourceType: string | number
      readonly objectId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.CustomObject
  }
  /** What is not named stays, `null` takes a member away. The whole object that comes of it has to meet the schema. */
  readonly 'PATCH /api/v1/custom-resources/{resourceType}/{objectId}': {
    readonly params: {
      readonly resourceType: string | number
      readonly objectId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.CustomObjectBody
    readonly answer: T.CustomObject
  }
  /** Replace an object of a custom type */
  readonly 'PUT /api/v1/custom-resources/{resourceType}/{objectId}': {
    readonly params: {
      readonly resourceType: string | number
      readonly objectId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: T.CustomObjectBody
    readonly answer: T.CustomObject
  }
  /** Remove an object of a custom type */
  readonly 'DELETE /api/v1/custom-resources/{resourceType}/{objectId}': {
    readonly params: {
      readonly resourceType: string | number
      readonly objectId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.RemovedCustomObject
  }
  /** As multipart/form-data: a .txt, .json or .yml. It is kept in memory, the last few of everybody, and shown at `path`. */
  readonly 'POST /frontend/uploader': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.UploadForm
    readonly answer: T.Upload
  }
  /** List one's own uploads that are still kept */
  readonly 'GET /frontend/uploader': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: readonly T.Upload[]
  }
  /** As multipart/form-data: a .txt, .json or .yml. It is kept in memory, the last few of everybody, and shown at `path`. */
  readonly 'POST /api/uploader': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: T.UploadForm
    readonly answer: T.Upload
  }
  /** Show one's own upload */
  readonly 'GET /frontend/uploader/{uploadId}': {
    readonly params: {
      readonly uploadId: string | number
    }
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.UploadedFile
  }
  /** Tell whether the root is ready, and its version */
  readonly 'GET /api/status': {
    readonly params: Readonly<Record<never, never>>
    readonly query: Readonly<Record<never, never>>
    readonly body: undefined
    readonly answer: T.Status
  }
}

/** Who may call what, and which answers are streams. */
export const OPERATIONS = {
  'POST /api/auth/login': { permission: 'public' },
  'POST /api/auth/refresh': { permission: 'refresh-token' },
  'POST /api/auth/register': { permission: ['Admin','Organization_Admin'] },
  'POST /api/user': { permission: 'public' },
  'PUT /api/user': { permission: 'public' },
  'GET /api/users': { permission: ['Admin','Organization_Admin'] },
  'GET /api/users/{organizationId}': { permission: ['Admin','Organization_Admin'] },
  'GET /api/user/{userName}': { permission: 'self' },
  'POST /api/user/{userName}': { permission: 'self' },
  'PUT /api/user/{userName}': { permission: 'self' },
  'DELETE /api/user/{userName}': { permission: ['Admin','Organization_Admin'] },
  'GET /api/permission/{userName}': { permission: 'self' },
  'GET /api/organization': { permission: ['Admin','Organization_Admin'] },
  'POST /api/organization': { permission: ['Admin'] },
  'GET /api/organization/{organizationId}': { permission: ['Admin','Organization_Admin'] },
  'PUT /api/organization/{organizationId}': { permission: ['Admin','Organization_Admin'] },
  'DELETE /api/organization/{organizationId}': { permission: ['Admin'] },
  'POST /api/application': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/applications': { permission: 'signed-in' },
  'GET /api/applications/{userId}': { permission: 'signed-in' },
  'GET /api/application/{applicationId}': { permission: 'signed-in' },
  'PUT /api/application/{applicationId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'DELETE /api/application/{applicationId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'POST /api/service': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/services': { permission: 'signed-in' },
  'GET /api/services/{applicationId}': { permission: 'signed-in' },
  'GET /api/service/{serviceId}': { permission: 'signed-in' },
  'PUT /api/service/{serviceId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'DELETE /api/service/{serviceId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'POST /api/service/{serviceId}/rollback': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'PUT /api/service/{serviceId}/replicas': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'PUT /api/service/{serviceId}/gateway': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/service/{serviceId}/revisions': { permission: 'signed-in' },
  'POST /api/service/{serviceId}/instance': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/service/{serviceId}/instance/{instanceNumber}': { permission: 'signed-in' },
  'DELETE /api/service/{serviceId}/instance/{instanceNumber}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'POST /api/service/{serviceId}/instance/{instanceNumber}/move': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'POST /api/service/{serviceId}/instance/{instanceNumber}/restart': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/service/{serviceId}/instance/{instanceNumber}/logs': { permission: 'signed-in', stream: 'application/x-ndjson' },
  'GET /api/clusters': { permission: 'signed-in' },
  'GET /api/clusters/active': { permission: 'signed-in' },
  'GET /api/cluster/{clusterId}': { permission: 'signed-in' },
  'PATCH /api/clusters/{clusterId}': { permission: ['Admin','Infrastructure_Provider'] },
  'DELETE /api/clusters/{clusterId}': { permission: ['Admin','Infrastructure_Provider'] },
  'POST /api/clusters/join-token': { permission: ['Admin','Infrastructure_Provider'] },
  'POST /api/cluster/{clusterId}/join-token': { permission: ['Admin','Infrastructure_Provider'] },
  'GET /api/nodes': { permission: 'signed-in' },
  'PATCH /api/clusters/{clusterId}/nodes/{nodeId}': { permission: ['Admin','Infrastructure_Provider'] },
  'DELETE /api/clusters/{clusterId}/nodes/{nodeId}': { permission: ['Admin','Infrastructure_Provider'] },
  'GET /api/unclaimed': { permission: ['Admin','Infrastructure_Provider'] },
  'POST /api/unclaimed/{clusterId}/{instanceId}/adopt': { permission: ['Admin'] },
  'DELETE /api/unclaimed/{clusterId}/{instanceId}': { permission: ['Admin'] },
  'GET /api/pubnet/service/netinfo/{serviceName}': { permission: 'signed-in' },
  'GET /api/pubnet/service/netinfo/ip/{address}': { permission: 'signed-in' },
  'GET /api/pubnet/service/netinfo/available-ip': { permission: 'signed-in' },
  'GET /api/pubnet/service/netinfo/available-ip/{count}': { permission: 'signed-in' },
  'GET /api/events': { permission: 'signed-in' },
  'GET /api/events/stream': { permission: 'signed-in', stream: 'text/event-stream' },
  'GET /api/audit': { permission: ['Admin'] },
  'GET /api/settings': { permission: ['Admin'] },
  'PUT /api/settings': { permission: ['Admin'] },
  'PUT /apisettings': { permission: ['Admin'] },
  'GET /api/v1/resources': { permission: 'signed-in' },
  'POST /api/v1/resources': { permission: 'signed-in' },
  'PUT /api/v1/resources': { permission: 'signed-in' },
  'GET /api/v1/resources/{clusterId}': { permission: 'signed-in' },
  'PATCH /api/v1/resources/{clusterId}': { permission: ['Admin','Infrastructure_Provider'] },
  'DELETE /api/v1/resources/{clusterId}': { permission: ['Admin','Infrastructure_Provider'] },
  'GET /api/v1/applications': { permission: 'signed-in' },
  'POST /api/v1/applications': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/v1/applications/{applicationId}': { permission: 'signed-in' },
  'PATCH /api/v1/applications/{applicationId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'DELETE /api/v1/applications/{applicationId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/v1/jobs': { permission: 'signed-in' },
  'POST /api/v1/jobs': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'PUT /api/v1/jobs': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/v1/jobs/{serviceId}': { permission: 'signed-in' },
  'PATCH /api/v1/jobs/{serviceId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'DELETE /api/v1/jobs/{serviceId}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'GET /api/v1/jobs/{serviceId}/{instanceNumber}': { permission: 'signed-in' },
  'PUT /api/v1/jobs/{serviceId}/{instanceNumber}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'DELETE /api/v1/jobs/{serviceId}/{instanceNumber}': { permission: ['Admin','Organization_Admin','Application_Provider'] },
  'PATCH /api/v1/jobs/{serviceId}/{instanceNumber}': { permission: 'signed-in' },
  'GET /api/v1/hooks': { permission: ['Admin'] },
  'POST /api/v1/hooks': { permission: ['Admin'] },
  'GET /api/v1/hooks/{hookId}': { permission: ['Admin'] },
  'PATCH /api/v1/hooks/{hookId}': { permission: ['Admin'] },
  'DELETE /api/v1/hooks/{hookId}': { permission: ['Admin'] },
  'GET /api/v1/hooks/{hookId}/deliveries': { permission: ['Admin'] },
  'POST /api/v1/hooks/{hookId}/deliveries/{deliveryId}/retry': { permission: ['Admin'] },
  'POST /api/v1/hooks/{hookId}/retry': { permission: ['Admin'] },
  'GET /api/v1/custom-resources': { permission: 'signed-in' },
  'POST /api/v1/custom-resources': { permission: ['Admin'] },
  'DELETE /api/v1/custom-resources/{resourceType}': { permission: ['Admin'] },
  'GET /api/v1/custom-resources/{resourceType}': { permission: 'signed-in' },
  'POST /api/v1/custom-resources/{resourceType}': { permission: 'signed-in' },
  'GET /api/v1/custom-resources/{resourceType}/{objectId}': { permission: 'signed-in' },
  'PATCH /api/v1/custom-resources/{resourceType}/{objectId}': { permission: 'signed-in' },
  'PUT /api/v1/custom-resources/{resourceType}/{objectId}': { permission: 'signed-in' },
  'DELETE /api/v1/custom-resources/{resourceType}/{objectId}': { permission: 'signed-in' },
  'POST /frontend/uploader': { permission: 'signed-in' },
  'GET /frontend/uploader': { permission: 'signed-in' },
  'POST /api/uploader': { permission: 'signed-in' },
  'GET /frontend/uploader/{uploadId}': { permission: 'signed-in' },
  'GET /api/status': { permission: 'public' },
} as const
