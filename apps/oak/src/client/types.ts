/*
 * What the command line reads of root's answers. The shapes are part of the contract with upstream's clients
 * (`reference/experience.md` 1.5 and 2.3); every field may be missing when another version answers, so readers
 * treat what is optional here as optional.
 */

export interface ApplicationView {
  readonly applicationID: string
  readonly application_name: string
  readonly application_namespace: string
  readonly application_desc?: string
  /** Ids of its services. */
  readonly microservices?: readonly string[]
  /** What its document says without effect; only in the answer to its creation. */
  readonly notes?: readonly NoteView[]
}

export interface CandidateView {
  readonly id?: string
  readonly name: string
  readonly reasons: readonly string[]
}

export interface InstanceView {
  readonly instance_number: number
  readonly status: string
  readonly status_detail?: string
  readonly cluster_id?: string
  readonly cluster_name?: string
  readonly cluster_location?: string
  readonly worker_id?: string
  readonly worker_name?: string
  readonly publicip?: string
  readonly host_ip?: string
  readonly host_port?: number
  readonly instance_ip?: string
  readonly instance_ip_v6?: string
  readonly cpu_percent?: string
  readonly memory_percent?: string
  readonly disk?: string
  readonly restarts?: number
  /** Of its service: what it runs. */
  readonly revision?: number
  /** How many places it had before this one. */
  readonly term?: number
  readonly health?: 'starting' | 'healthy' | 'unhealthy' | null
  /** It runs and, where that is asked, works. */
  readonly ready?: boolean
  /** Why it is being moved to another cluster; empty when it is not. */
  readonly leaving?: string
  /** What was remarkable about the last choice of a cluster; mostly empty. */
  readonly placement_note?: string
  /** Of its last end. */
  readonly exit_code?: number | null
  /** Why each candidate was turned down, while the instance has no place. */
  readonly candidates?: readonly CandidateView[]
}

export interface RolloutView {
  readonly state: 'rolling' | 'done' | 'failed' | 'rolled-back'
  readonly detail: string
  readonly from_revision: number
  readonly to_revision: number
  /** RFC 3339. */
  readonly started?: string
}

export interface RevisionView {
  readonly revision: number
  /** RFC 3339. */
  readonly created: string
  readonly reason: string
  readonly image: string
}

/** The answer to a change of a service's descriptor. */
export interface ChangedView {
  /** The newest; as before when no instance has to be replaced. */
  readonly revision?: number
  readonly notes: readonly NoteView[]
}

/** What a document says without effect. */
export interface NoteView {
  readonly path: string
  readonly text: string
}

export interface ServiceView {
  readonly microserviceID: string
  readonly microservice_name: string
  readonly microservice_namespace: string
  readonly applicationID: string
  readonly application_name?: string
  readonly app_name?: string
  readonly job_name?: string
  readonly status?: string
  readonly status_detail?: string
  readonly virtualization?: string
  readonly code?: string
  readonly port?: string
  readonly memory?: number
  readonly vcpus?: number
  readonly RR_ip?: string
  readonly RR_ip_v6?: string
  readonly one_shot?: boolean
  /** How many instances there shall be; null when nobody said. */
  readonly replicas?: number | null
  readonly revision?: number
  /** The last change of its descriptor; null before the first. */
  readonly rollout?: RolloutView | null
  readonly instance_list?: readonly InstanceView[]
}

/** `away`: not connected, and what it has is left to it; `lost`: it is given to others. */
export type PresenceView = 'here' | 'away' | 'lost'

export interface ClusterView {
  readonly _id: string
  readonly cluster_name: string
  readonly cluster_location?: string
  readonly ip?: string
  readonly port?: number | string
  readonly active: boolean
  readonly presence?: PresenceView
  readonly cordoned?: boolean
  readonly removing?: boolean
  readonly labels?: readonly string[]
  readonly active_nodes?: number
  readonly total_cpu_cores?: number
  readonly cpu_percent?: number
  readonly memory_percent?: number
  readonly memory_in_mb?: number
  readonly virtualization?: readonly string[]
}

export interface NodeView {
  readonly id: string
  readonly name: string
  readonly cluster_id: string
  readonly cluster_name?: string
  readonly address?: string
  readonly architecture?: string
  readonly state: 'connected' | 'disconnected'
  readonly presence?: PresenceView
  readonly cordoned?: boolean
  readonly draining?: boolean
  readonly removing?: boolean
  /** Of its configuration and of operators. */
  readonly labels?: readonly string[]
  readonly instances?: number
  readonly cpu_percent?: number
  readonly memory_percent?: number
  readonly facts?: {
    readonly vcpus: number
    readonly memory_mib: number
    readonly virtualization?: readonly string[]
    readonly version?: string
    /** Of its configuration alone. */
    readonly labels?: readonly string[]
  }
}

/** What runs and nobody is known to want. */
export interface UnclaimedView {
  readonly instance_id: string
  readonly instance_number: number
  /** `app.appns.service.servicens` */
  readonly job_name: string
  readonly image?: string
  readonly cluster_id: string
  readonly cluster_name?: string
  /** Epoch seconds. */
  readonly since?: number
  readonly reason?: string
}

export interface StatusAnswer {
  readonly version: string
  readonly ready: boolean
}

export interface LogLine {
  /** RFC 3339. */
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  readonly line: string
  /** The line goes on in the next one of the same stream. */
  readonly partial?: boolean
}

export interface LoginAnswer {
  readonly token: string
  readonly refresh_token?: string
}
