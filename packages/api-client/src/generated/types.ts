// Written by tools/generate-client.ts from spec/openapi.json: change that, not this.

export interface AccessToken {
  readonly token: string
}

export interface AddedInstance {
  readonly message: string
  readonly instance_number: number
  readonly instance_id: string
}

export interface AddedServices {
  /** Id of the last service added. */
  readonly job_id: string
  readonly service_ids: readonly string[]
  readonly deployed_services: readonly {
    readonly service_name: string
    readonly status: number
  }[]
  readonly failed_services: readonly {
    readonly service_name: string
    readonly message: string
    readonly status: number
  }[]
  /** What was accepted, but has no effect. */
  readonly notes: readonly {
    readonly path: string
    readonly text: string
  }[]
}

export interface Application {
  readonly _id: ObjectId
  readonly applicationID: string
  readonly application_name: string
  readonly application_namespace: string
  readonly application_desc: string
  /** Name of the user who owns it. */
  readonly userId: string
  /** Instances of other applications get in only where a service here names theirs in `connectivity`. */
  readonly isolated: boolean
  /** Organization that shares it; empty: nobody but its owner has it. */
  readonly organization_id: string
  /** Ids of its services. */
  readonly microservices: readonly string[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
}

export interface ApplicationChange {
  /** The present one: names are in addresses, and stay. */
  readonly application_name?: string | null
  /** The present one. */
  readonly application_namespace?: string | null
  readonly application_desc?: string | null
  /** Instances of other applications may connect only where `connectivity` of a service of this one names theirs. */
  readonly isolated?: boolean | null
  /** Name of the user who shall own it: an Admin gives it to anybody, an Organization_Admin to a member. */
  readonly userId?: string | null
  readonly [key: string]: unknown
}

export interface ApplicationDescriptor {
  /** The application that services are added to; ignored when one is created. */
  readonly applicationID?: string | null
  readonly application_name: string
  readonly application_namespace: string
  readonly application_desc?: string | null
  /** Instances of other applications may connect only where `connectivity` of a service here names theirs. Our addition. */
  readonly isolated?: boolean | null
  readonly microservices?: readonly ServiceDescriptor[] | null
  readonly [key: string]: unknown
}

export interface AuditEntry {
  /** Sixteen digits. A later entry has a greater id. */
  readonly id: string
  readonly timeMs: number
  /** `login`, or the operation as `METHOD /path`. */
  readonly action: string
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly userId?: string
  /** As it was given; for a refused login nobody vouches for it. */
  readonly userName?: string
  /** Where the request came from. */
  readonly address: string
  /** The path of the request, without its query. */
  readonly target?: string
  /** HTTP status of the answer. */
  readonly status: number
  /** Code of the refusal. */
  readonly code?: string
  readonly reason?: string
  readonly requestId: string
}

export interface AvailableAddresses {
  readonly available_service_ips: readonly {
    readonly Address: string | null
    readonly Address_v6: string | null
    readonly IpType: 'IPv4' | 'IPv6'
  }[]
}

export interface Candidate {
  readonly _id: string
  readonly candidate_name: string
  readonly candidate_location: string
  readonly ip: string
  readonly port: string
  readonly active_nodes: number
  readonly vcpus: number
  readonly cpu_percent: number
  /** Free MiB. */
  readonly memory: number
  readonly memory_percent: number
  readonly vgpus: number
  readonly virtualization: readonly string[]
  readonly supported_addons: readonly string[]
  readonly csi_drivers: readonly string[]
}

export interface CandidateChange {
  readonly cordoned?: boolean
  /** All of them, as `key=value`; they replace those that were there. */
  readonly labels?: readonly string[]
  readonly [key: string]: unknown
}

export interface ChangedApplication {
  readonly _id: ObjectId
  readonly applicationID: string
  readonly application_name: string
  readonly application_namespace: string
  readonly application_desc: string
  /** Name of the user who owns it. */
  readonly userId: string
  /** Instances of other applications get in only where a service here names theirs in `connectivity`. */
  readonly isolated: boolean
  /** Organization that shares it; empty: nobody but its owner has it. */
  readonly organization_id: string
  /** Ids of its services. */
  readonly microservices: readonly string[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
  readonly message: string
}

export interface ChangedPassword {
  readonly message: string
  readonly token: string
  readonly refresh_token: string
}

export interface ChangedService {
  readonly message: string
  /** The newest; as before when no instance has to be replaced. */
  readonly revision: number
  /** What was accepted, but has no effect. */
  readonly notes: readonly {
    readonly path: string
    readonly text: string
  }[]
}

export interface Cluster {
  readonly _id: string
  readonly candidate_name: string
  readonly cluster_name: string
  readonly candidate_location: string
  readonly cluster_location: string
  readonly ip: string
  readonly port: string
  readonly active: boolean
  /** `away`: not connected, its instances are left to it; `lost`: they are given to others. */
  readonly presence: 'here' | 'away' | 'lost'
  /** It gets no new instances. */
  readonly cordoned: boolean
  /** It was removed, and some of its instances still wait for another place. */
  readonly removing: boolean
  /** `key=value`, carried by all of its nodes. */
  readonly labels: readonly string[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
  readonly active_nodes: number
  /** Epoch seconds, 0 for a cluster that never connected. */
  readonly last_modified_timestamp: number
  readonly cpu_percent: number
  readonly aggregated_cpu_percent: number
  readonly vcpus: number
  readonly total_cpu_cores: number
  readonly memory_percent: number
  readonly aggregated_memory_percent: number
  /** Free MiB. */
  readonly memory: number
  readonly memory_in_mb: number
  readonly memory_total_in_mb: number
  readonly vgpus: number
  readonly total_gpu_cores: number
  readonly gpu_percent: number
  readonly total_gpu_percent: number
  readonly gpu_temp: number
  readonly gpu_drivers: readonly string[]
  readonly vram: number
  readonly vram_percent: number
  readonly virtualization: readonly string[]
  readonly supported_addons: readonly string[]
  readonly csi_drivers: readonly string[]
  readonly aggregation_per_architecture: Readonly<Record<string, {
    readonly cpu_percent: number
    readonly cpu_cores: number
    readonly memory: number
    readonly memory_in_mb: number
  }>>
  readonly cpu_history: readonly {
    readonly value: number
    readonly timestamp: number
  }[]
  readonly memory_history: readonly {
    readonly value: number
    readonly timestamp: number
  }[]
}

export interface ClusterChange {
  /** True: it gets no new instances. What it has stays. */
  readonly cordoned?: boolean
  /** All of them, as `key=value`; they replace those that were there. */
  readonly labels?: readonly string[]
  readonly [key: string]: unknown
}

export interface ClusterRemoval {
  readonly message: string
  /** How many it still has; it is gone when the last has another place. */
  readonly instances: number
}

export interface ClusterTokenRequest {
  readonly cluster_name: string
  readonly [key: string]: unknown
}

export interface CreatedApplication {
  readonly _id: ObjectId
  readonly applicationID: string
  readonly application_name: string
  readonly application_namespace: string
  readonly application_desc: string
  /** Name of the user who owns it. */
  readonly userId: string
  /** Instances of other applications get in only where a service here names theirs in `connectivity`. */
  readonly isolated: boolean
  /** Organization that shares it; empty: nobody but its owner has it. */
  readonly organization_id: string
  /** Ids of its services. */
  readonly microservices: readonly string[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
  /** What was accepted, but has no effect. */
  readonly notes?: readonly {
    readonly path: string
    readonly text: string
  }[]
}

export interface CreatedHook {
  readonly _id: string
  readonly hook_name: string
  readonly webhook_url: string
  readonly entity: string
  readonly events: readonly ('pre_create' | 'pre_update' | 'pre_delete' | 'post_create' | 'post_update' | 'post_delete')[]
  readonly on_failure: 'open' | 'closed'
  readonly timeout_ms: number
  /** Not kept because too many waited already. */
  readonly dropped_events: number
  /** With which calls are signed. It is shown only here. */
  readonly secret: string
}

export interface CustomObject {
  readonly _id: string
  /** Raised with every change; also the ETag. */
  readonly _version: number
  /** Name of the user who made it. */
  readonly _owner: string
}

export type CustomObjectBody = Readonly<Record<string, unknown>>

export interface CustomType {
  readonly _id: string
  readonly resource_type: string
  /** JSON Schema that every object of the type meets. */
  readonly schema: unknown
}

export interface CustomTypeDefinition {
  readonly resource_type: string
  readonly schema: boolean | Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

export interface DeclaredReplicas {
  readonly message: string
  readonly replicas: number | null
}

export interface Error {
  /** The HTTP status. */
  readonly code: number
  /** Its name. */
  readonly status: string
  /** What went wrong and what to do, for people. */
  readonly message: string
  /** The present version of what was changed meanwhile. */
  readonly version?: string
  readonly errors?: readonly {
    readonly path: string
    readonly expected: string
    readonly found: string
  }[]
}

export interface Event {
  /** Sixteen digits. A later event has a greater id. */
  readonly id: string
  /** Milliseconds since 1970, by the wall clock of root. */
  readonly timeMs: number
  readonly actor: EventActor
  readonly kind: 'application.created' | 'application.changed' | 'application.removed' | 'service.created' | 'service.revised' | 'service.scaled' | 'service.rollout' | 'service.gateway' | 'service.removing' | 'service.removed' | 'instance.created' | 'instance.placed' | 'instance.assigned' | 'instance.rejected' | 'instance.leaving' | 'instance.status' | 'instance.health' | 'instance.restarting' | 'instance.restarted' | 'instance.updating' | 'instance.removing' | 'instance.removed' | 'cluster.joined' | 'cluster.connected' | 'cluster.disconnected' | 'cluster.changed' | 'cluster.capacity' | 'cluster.removing' | 'cluster.removed' | 'node.changed' | 'node.removing' | 'user.created' | 'user.changed' | 'user.password' | 'user.removed' | 'organization.created' | 'organization.changed' | 'organization.member' | 'organization.removed' | 'hook.created' | 'hook.changed' | 'hook.removed' | 'custom-resource.created' | 'custom-resource.changed' | 'custom-resource.removed' | 'setting.changed'
  readonly object: EventObject
  readonly applicationId?: string
  readonly serviceId?: string
  readonly instanceNumber?: number
  readonly clusterId?: string
  readonly nodeId?: string
  /** One sentence for people. */
  readonly reason?: string
  /** What else there is to say; the members depend on the kind. */
  readonly details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>
}

export interface EventActor {
  readonly kind: 'user' | 'system' | 'cluster' | 'node'
  readonly id?: string
  readonly name?: string
}

export interface EventObject {
  readonly type: 'application' | 'service' | 'instance' | 'cluster' | 'node' | 'user' | 'organization' | 'hook' | 'custom-resource' | 'setting'
  readonly id: string
  readonly name?: string
}

export interface GatewayRequest {
  /** null: at no node. */
  readonly gateway: {
    /** Ports of the nodes: `node[:instance][/tcp|/udp]`, separated by `;`. */
    readonly ports: string
    readonly host?: string | null
    /** Names of the nodes; without them and without labels, every node. */
    readonly nodes?: readonly string[] | null
    /** Only nodes that carry all of these, as `key=value`. */
    readonly labels?: readonly string[] | null
    readonly [key: string]: unknown
  } | null
  readonly [key: string]: unknown
}

export interface Hook {
  readonly _id: string
  readonly hook_name: string
  readonly webhook_url: string
  readonly entity: string
  readonly events: readonly ('pre_create' | 'pre_update' | 'pre_delete' | 'post_create' | 'post_update' | 'post_delete')[]
  readonly on_failure: 'open' | 'closed'
  readonly timeout_ms: number
  /** Not kept because too many waited already. */
  readonly dropped_events: number
}

export interface HookChange {
  readonly hook_name?: string
  readonly webhook_url?: string
  /** applications, services, instances, clusters, a custom type; or upstream’s jobs, job, resources. */
  readonly entity?: string
  readonly events?: readonly ('pre_create' | 'pre_update' | 'pre_delete' | 'post_create' | 'post_update' | 'post_delete')[]
  /** What becomes of a change when a pre_* call gets no answer: it goes on, or is refused. */
  readonly on_failure?: 'open' | 'closed'
  /** Longest wait for an answer; 2000 where nothing is said. */
  readonly timeout_ms?: number
  /** With which calls are signed. */
  readonly secret?: string
  readonly [key: string]: unknown
}

export interface HookDelivery {
  readonly id: string
  readonly hook_id: string
  readonly state: 'waiting' | 'failed'
  readonly event: string
  readonly entity: string
  readonly entity_id: string
  readonly happened_at: string
  readonly attempts: number
  readonly last_error?: string
  readonly next_attempt_at?: string
  readonly failed_at?: string
}

export interface Instance {
  readonly _id: string
  readonly instance_number: number
  readonly status: string
  readonly status_detail: string
  readonly cluster_id: string
  readonly cluster_name: string
  readonly cluster_location: string
  readonly worker_id: string
  readonly worker_name: string
  readonly publicip: string
  readonly host_ip: string
  /** The first published port; 0 without one, and before a node was found. */
  readonly host_port: number
  readonly instance_ip: string
  readonly instance_ip_v6: string
  readonly cpu_percent: string
  /** Of the memory the service asks for. */
  readonly memory_percent: string
  readonly memory_bytes: number
  /** Bytes. */
  readonly disk: string
  readonly logs: string
  readonly restarts: number
  /** How many restarts had been asked for when its present, or last, process was started. */
  readonly restarts_asked: number
  /** Of the service: the one it runs, or shall run while nothing was heard of it. */
  readonly revision: number
  /** How many places it had before this one. */
  readonly term: number
  /** What its health check says; null without one, and while it does not run. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | null
  /** It runs and, where that is asked, works. */
  readonly ready: boolean
  /** Why it is being moved to another cluster; empty when it is not. */
  readonly leaving: string
  /** What was remarkable about the last choice of a cluster; mostly empty. */
  readonly placement_note: string
  readonly exit_code: number | null
  readonly last_modified_timestamp: number
  readonly cpu_history: readonly Sample[]
  readonly memory_history: readonly Sample[]
  /** Why each candidate was refused, while no place was found. */
  readonly candidates: readonly {
    readonly id: string
    readonly name: string
    readonly reasons: readonly string[]
  }[]
}

export type JobChange = Readonly<Record<string, unknown>>

export interface JoinToken {
  readonly token: string
}

export interface LogLine {
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
  readonly partial?: boolean
}

export interface Login {
  readonly username: string
  readonly password: string
  /** The organization `root` when absent. */
  readonly organization_name?: string | null
  /** Another spelling of `organization_name`. */
  readonly organization?: string | null
  readonly [key: string]: unknown
}

export interface Message {
  readonly message: string
}

export interface Move {
  /** Another cluster. */
  readonly cluster_id?: string
  /** A node of the cluster that has it. */
  readonly node_id?: string
  readonly [key: string]: unknown
}

export interface NetInfo {
  readonly applicationID: string
  readonly app_name: string
  readonly app_ns: string
  readonly service_name: string
  readonly service_ns: string
  readonly service_job_id: string
  readonly service_ip_list: readonly {
    readonly Address: string | null
    readonly Address_v6: string | null
    /** `RR` round robin; others by their name. */
    readonly IpType: string
  }[]
  readonly instance_list: readonly {
    readonly cluster_id: string | null
    readonly instance_number: number
    readonly instance_ip: string
    readonly instance_ip_v6: string
  }[]
}

export interface NewHook {
  readonly hook_name: string
  readonly webhook_url: string
  /** applications, services, instances, clusters, a custom type; or upstream’s jobs, job, resources. */
  readonly entity: string
  readonly events: readonly ('pre_create' | 'pre_update' | 'pre_delete' | 'post_create' | 'post_update' | 'post_delete')[]
  /** What becomes of a change when a pre_* call gets no answer: it goes on, or is refused. */
  readonly on_failure?: 'open' | 'closed'
  /** Longest wait for an answer; 2000 where nothing is said. */
  readonly timeout_ms?: number
  /** With which calls are signed. */
  readonly secret?: string
  readonly [key: string]: unknown
}

export interface NewOrganization {
  readonly name: string
  readonly member?: readonly {
    readonly user_id: string
    readonly roles?: readonly ('Admin' | 'Organization_Admin' | 'Application_Provider' | 'Infrastructure_Provider')[] | null
    readonly [key: string]: unknown
  }[] | null
  readonly [key: string]: unknown
}

export interface Node {
  readonly id: string
  readonly name: string
  readonly cluster_id: string
  readonly cluster_name: string
  readonly address: string
  readonly architecture: string
  readonly state: 'connected' | 'disconnected'
  /** `away`: not connected, and not given up; `lost`: what it had is started elsewhere. */
  readonly presence: 'here' | 'away' | 'lost'
  /** It gets no new instances. */
  readonly cordoned: boolean
  /** What it has is being moved to other nodes. */
  readonly draining: boolean
  /** It goes once what it has is elsewhere. */
  readonly removing: boolean
  readonly labels: readonly string[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
  readonly facts?: {
    readonly vcpus: number
    readonly memory_mib: number
    readonly storage_free_mib: number
    readonly vgpus: number
    readonly virtualization: readonly string[]
    /** By virtualization: what it was started for and cannot run now, with the reason; absent where all works. */
    readonly faults?: Readonly<Record<string, string>>
    readonly version: string
    /** Of its configuration alone, without those of operators. */
    readonly labels: readonly string[]
  }
  /** Where it is, in degrees, as its setting `node.location` says; absent where it says nothing. */
  readonly location?: {
    readonly lat: number
    readonly lon: number
  }
  readonly instances?: number
  readonly cpu_percent?: number
  readonly memory_percent?: number
  readonly last_seen?: string
}

export interface NodeChange {
  /** True: it gets no new instances. What it has stays. */
  readonly cordoned?: boolean
  /** True: what it has is moved to other nodes; implies cordoned. */
  readonly draining?: boolean
  /** All of them, as `key=value`; they replace those that were there. */
  readonly labels?: readonly string[]
  readonly [key: string]: unknown
}

export interface ObjectId {
  readonly $oid: string
}

export interface Organization {
  readonly _id: ObjectId
  readonly name: string
  readonly member: readonly {
    readonly user_id: string
    readonly roles: readonly string[]
  }[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
}

export interface OrganizationChange {
  readonly name?: string | null
  /** All of them; they replace those there are. */
  readonly member?: readonly {
    readonly user_id: string
    readonly roles?: readonly ('Admin' | 'Organization_Admin' | 'Application_Provider' | 'Infrastructure_Provider')[] | null
    readonly [key: string]: unknown
  }[] | null
  readonly [key: string]: unknown
}

export interface PasswordChange {
  readonly oldPassword: string
  readonly newPassword: string
  readonly [key: string]: unknown
}

export interface PasswordReset {
  /** Of the mail. */
  readonly token: string
  readonly password: string
  readonly [key: string]: unknown
}

export interface PasswordResetRequest {
  readonly username: string
  /** Host of the page that asks. */
  readonly domain?: string | null
  readonly [key: string]: unknown
}

export interface PublishedService {
  readonly message: string
}

export interface Registration {
  readonly name: string
  readonly password: string
  readonly email?: string | null
  /** In the organization of the caller. */
  readonly roles?: readonly ('Admin' | 'Organization_Admin' | 'Application_Provider' | 'Infrastructure_Provider')[] | null
  readonly [key: string]: unknown
}

export interface RemovedCustomObject {
  readonly _id: string
}

export interface ReplicasRequest {
  /** null: as many as are asked for one by one; those there are stay. */
  readonly replicas: number | null
  readonly [key: string]: unknown
}

export interface ResourceApplication {
  readonly application_name: string
  readonly application_namespace: string
  readonly [key: string]: unknown
}

export interface Restart {
  /** One sentence, which its events tell. */
  readonly reason?: string
  readonly [key: string]: unknown
}

export interface Restarted {
  readonly message: string
  /** It is done when the instance says at least this under `restarts_asked`, and is ready. */
  readonly restarts_asked: number
}

export interface Revision {
  readonly revision: number
  /** RFC 3339. */
  readonly created: string
  /** Who or what made it. */
  readonly reason: string
  readonly image: string
}

export interface Roles {
  readonly roles: readonly string[]
}

export interface RollbackRequest {
  /** Which one to go back to; without it, the last that was different and did not fail. */
  readonly revision?: number | null
  readonly [key: string]: unknown
}

export interface RolledBackService {
  readonly message: string
  /** The new one. */
  readonly revision: number
}

export interface Rollout {
  readonly state: 'rolling' | 'done' | 'failed' | 'rolled-back'
  /** What is waited for, or why it failed. */
  readonly detail: string
  /** The last one that was proven: where a failed update goes back to. */
  readonly from_revision: number
  readonly to_revision: number
  /** RFC 3339. */
  readonly started: string
}

export interface Sample {
  readonly value: string
  readonly timestamp: string
}

export interface Service {
  readonly _id: ObjectId
  readonly microserviceID: string
  readonly microservice_name: string
  readonly microservice_namespace: string
  readonly job_name: string
  readonly applicationID: string
  readonly app_name: string
  readonly app_ns: string
  readonly application_name: string
  readonly application_namespace: string
  readonly service_name: string
  readonly service_ns: string
  readonly virtualization: string
  readonly code: string
  readonly image: string
  readonly cmd: readonly string[]
  readonly environment: readonly string[]
  readonly memory: number
  readonly vcpus: number
  readonly vgpus: number
  readonly storage: number
  readonly port: string
  readonly one_shot: boolean
  readonly privileged: boolean
  readonly arch: readonly string[]
  readonly RR_ip: string
  readonly RR_ip_v6: string
  readonly closest_ip: string
  readonly closest_ip_v6: string
  /** One pair for each way to choose among the instances, those above among them. */
  readonly policy_addresses: readonly {
    readonly policy: string
    readonly ip: string
    readonly ip_v6: string
  }[]
  readonly next_instance_progressive_number: number
  /** Absent while the service has no instance. */
  readonly status?: string
  readonly status_detail?: string
  /** How many instances there shall be; null: as many as were asked for one by one. */
  readonly replicas: number | null
  /** Raised with every change of the descriptor. */
  readonly revision: number
  /** The last change; null before the first. */
  readonly rollout: Rollout | null
  /** Nodes that were chosen to publish the service at their ports and do not; up to 16 of each cluster. */
  readonly gateway_faults: readonly {
    readonly cluster: string
    readonly node: string
    readonly reason: string
  }[]
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
  readonly instance_list: readonly Instance[]
}

export interface ServiceDescriptor {
  /** Leave it empty: the root chooses it. */
  readonly microserviceID?: string | null
  readonly microservice_name: string
  readonly microservice_namespace: string
  readonly virtualization: string
  /** Image reference, or URL of an archive. */
  readonly code?: string | null
  /** Another spelling of `code`. */
  readonly image?: string | null
  readonly cmd?: readonly string[] | null
  readonly args?: readonly string[] | null
  readonly environment?: readonly string[] | null
  readonly env?: readonly string[] | null
  /** MiB; 0 means no demand and no limit. */
  readonly memory?: number | null
  readonly vcpus?: number | null
  readonly vcpu?: number | null
  readonly vgpus?: number | null
  readonly vgpu?: number | null
  readonly vtpus?: number | null
  readonly bandwidth_in?: number | null
  readonly bandwidth_out?: number | null
  /** MiB. */
  readonly storage?: number | null
  readonly port?: string | null
  /** Ports of nodes at which clients outside the overlay reach the service. Our addition. */
  readonly gateway?: {
    /** Ports of the nodes: `node[:instance][/tcp|/udp]`, separated by `;`. */
    readonly ports: string
    readonly host?: string | null
    /** Names of the nodes; without them and without labels, every node. */
    readonly nodes?: readonly string[] | null
    /** Only nodes that carry all of these, as `key=value`. */
    readonly labels?: readonly string[] | null
    readonly [key: string]: unknown
  } | null
  readonly one_shot?: boolean | null
  readonly privileged?: boolean | null
  /** Architectures the software exists for; needed for unikernels. */
  readonly arch?: readonly string[] | null
  readonly state?: string | null
  readonly target_node?: string | null
  readonly sla_violation_strategy?: string | null
  readonly added_files?: readonly string[] | null
  readonly addresses?: {
    /** Ways to choose an instance, each under an address of its own. Our addition. */
    readonly policies?: {
      /** By turns; every service has it. */
      readonly 'round-robin'?: boolean | {
        readonly v4?: string | null
        readonly v6?: string | null
        readonly [key: string]: unknown
      } | null
      /** The nearest one. */
      readonly closest?: boolean | {
        readonly v4?: string | null
        readonly v6?: string | null
        readonly [key: string]: unknown
      } | null
      /** More of the new connections to those that have less to do. */
      readonly 'least-loaded'?: boolean | {
        readonly v4?: string | null
        readonly v6?: string | null
        readonly [key: string]: unknown
      } | null
      /** The one that is reached soonest. */
      readonly fastest?: boolean | {
        readonly v4?: string | null
        readonly v6?: string | null
        readonly [key: string]: unknown
      } | null
      /** The same one for the same client. */
      readonly sticky?: boolean | {
        readonly v4?: string | null
        readonly v6?: string | null
        readonly [key: string]: unknown
      } | null
      readonly [key: string]: unknown
    } | null
    readonly rr_ip?: string | null
    readonly rr_ip_v6?: string | null
    readonly closest_ip?: string | null
    readonly closest_ip_v6?: string | null
    readonly [key: string]: unknown
  } | null
  readonly volumes?: readonly {
    readonly volume_id: string
    readonly csi_driver: string
    readonly mount_path?: string | null
    readonly config?: Readonly<Record<string, string>> | null
    readonly [key: string]: unknown
  }[] | null
  readonly constraints?: readonly {
    /** `direct`, `clusters`, `geo`, `latency`, `addons` or `labels`. */
    readonly type: string
    readonly cluster?: string | null
    /** Names of nodes, separated by `;`. */
    readonly node?: string | null
    /** Names of clusters. */
    readonly allowed?: readonly string[] | null
    /** Names of add-ons, or labels as `key=value`. */
    readonly needs?: readonly string[] | null
    readonly location?: string | null
    readonly area?: string | null
    readonly threshold?: number | null
    readonly rigidness?: number | null
    readonly convergence_time?: number | null
    readonly [key: string]: unknown
  }[] | null
  readonly connectivity?: readonly {
    /** Id of the other service, or its full name `application.namespace.service.namespace`. */
    readonly target_microservice_id?: string | null
    readonly [key: string]: unknown
  }[] | null
  /** How many instances there shall be; absent: as many as are asked for one by one. */
  readonly replicas?: number | null
  /** When an instance that ended is started again. */
  readonly restart?: 'always' | 'on-failure' | 'never' | null
  /** Seconds between the request to end and the kill. Default 10. */
  readonly stop_grace?: number | null
  /** Exactly one of http, tcp and command. Ports are those of the instance. */
  readonly health_check?: {
    /** Good is an answer from 200 to 399. */
    readonly http?: {
      readonly port: number
      /** `/` when absent. */
      readonly path?: string | null
      readonly [key: string]: unknown
    } | null
    /** Good is a connection. */
    readonly tcp?: {
      readonly port: number
      readonly [key: string]: unknown
    } | null
    /** Run inside the instance; good is an exit with 0. */
    readonly command?: readonly string[] | null
    /** Bad answers do not count for so many seconds after a start. Default 0. */
    readonly start_delay?: number | null
    /** Seconds between two questions. Default 10. */
    readonly period?: number | null
    /** Seconds after which an answer is a bad one. Default 2. */
    readonly timeout?: number | null
    /** So many bad answers in a row make it unhealthy. Default 3. */
    readonly threshold?: number | null
    readonly [key: string]: unknown
  } | null
  /** What happens to an instance whose node or cluster is cut off. */
  readonly disconnect?: {
    readonly policy?: 'replace' | 'keep' | 'stop' | null
    /** Seconds; the default is the one of the tier above. */
    readonly after?: number | null
    /** It never leaves its cluster. */
    readonly site_only?: boolean | null
    readonly [key: string]: unknown
  } | null
  /** How a change of the descriptor reaches the instances. */
  readonly update?: {
    readonly strategy?: 'rolling' | 'recreate' | null
    /** Instances that may be not ready at one time. Default 1. */
    readonly max_unavailable?: number | null
    /** Seconds that an instance must be ready to count as proven. Default 1. */
    readonly min_ready?: number | null
    /** Seconds after which an instance that is not ready has failed. Default 120. */
    readonly deadline?: number | null
    /** A failed update goes back to what ran before. Default true. */
    readonly roll_back?: boolean | null
    readonly [key: string]: unknown
  } | null
  readonly [key: string]: unknown
}

export interface Settings {
  /** `None`: no mail is sent. */
  readonly type: 'None' | 'Custom'
  readonly address: string
  readonly port: string
  readonly username: string
  readonly ssl: boolean
  /** The sender. */
  readonly from: string
  /** Address of the dashboard, for the links of mails. */
  readonly dashboard: string
  readonly password_set: boolean
  /** `configuration`: the file or the environment of root says it, and it cannot be changed here. */
  readonly source: 'configuration' | 'settings'
}

export interface SettingsChange {
  readonly type: 'None' | 'Custom'
  readonly address?: string | '' | null
  readonly port?: number | string | null
  readonly username?: string | null
  /** The one there is stays when this is no text, or an empty one. */
  readonly password?: unknown
  /** TLS from the start; without it STARTTLS where it is offered. */
  readonly ssl?: boolean | null
  readonly from?: string | null
  readonly dashboard?: string | null
  readonly [key: string]: unknown
}

export interface Sla {
  /** `v2.0`. Version 1 is read as if it were that. */
  readonly sla_version: 'v2.0' | 1 | '1' | '1.0' | 'v1' | 'v1.0'
  /** Any text; it is not compared with anything. */
  readonly customerID?: string | null
  readonly applications: readonly ApplicationDescriptor[]
  readonly args?: readonly string[] | null
  readonly [key: string]: unknown
}

export interface Status {
  readonly version: string
  readonly ready: boolean
}

export interface Tokens {
  readonly token: string
  readonly refresh_token: string
}

export interface UnclaimedAdopted {
  readonly message: string
  readonly microserviceID: string
  readonly job_name: string
}

export interface UnclaimedInstance {
  readonly instance_id: string
  readonly instance_number: number
  readonly microserviceID: string
  /** `app.appns.service.servicens` */
  readonly job_name: string
  readonly image: string
  readonly cluster_id: string
  readonly cluster_name: string
  /** Where it runs; absent when its cluster knows it, and may move it. */
  readonly node_id?: string
  /** Epoch seconds: when root found it. */
  readonly since: number
  /** Why it is not one of a service that root knows. */
  readonly reason: string
}

export interface Upload {
  readonly path: string
  readonly name: string
}

export interface UploadForm {
  readonly file: {
    readonly name: string
    readonly text: string
  }
  readonly [key: string]: unknown
}

export interface UploadedFile {
  readonly path: string
  readonly name: string
  readonly text: string
}

export interface User {
  readonly _id: ObjectId
  readonly name: string
  readonly email: string
  /** dd/MM/yyyy HH:mm */
  readonly created_at: string
  readonly roles: readonly string[]
  readonly organization_id: string
  readonly must_change_password: boolean
  /** Differs when what can be edited differs: for If-Match. */
  readonly version: string
}

export interface UserChange {
  /** The present one: a user keeps its name. */
  readonly name?: string | null
  readonly email?: string | null
  /** In the organization of the caller. */
  readonly roles?: readonly ('Admin' | 'Organization_Admin' | 'Application_Provider' | 'Infrastructure_Provider')[] | null
  /** Set by Admins for others, who are asked to change it. */
  readonly password?: string | '' | null
  readonly [key: string]: unknown
}
