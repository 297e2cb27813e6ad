import type { Constraint, PublishedPort, ResourceRequest, VolumeRequest } from '@oakestra/sla'

/** The addresses an instance keeps for life, wherever it runs. Canonical text form. */
export interface InstanceAddresses {
  readonly v4: string
  readonly v6: string
}

/** An address that stands for a service and a way to choose among its instances. */
export interface ServiceAddress {
  readonly policy: 'round-robin' | 'closest'
  readonly v4?: string
  readonly v6?: string
}

/** Everything a cluster and a node need to place and run one instance, so that neither has to ask anyone. */
export interface InstanceSpec {
  readonly instanceId: string
  readonly serviceId: string
  readonly applicationId: string
  readonly jobName: string
  readonly number: number
  /** The service's revision this spec was made from; another revision is another process. */
  readonly revision: number
  readonly virtualization: string
  readonly image: string
  readonly command: readonly string[]
  readonly environment: readonly string[]
  readonly resources: ResourceRequest
  readonly ports: readonly PublishedPort[]
  readonly oneShot: boolean
  readonly privileged: boolean
  readonly architectures: readonly string[]
  readonly constraints: readonly Constraint[]
  readonly volumes: readonly VolumeRequest[]
  readonly addresses: InstanceAddresses
  readonly serviceAddresses: readonly ServiceAddress[]
}

/** Why nothing could be chosen: a word of upstream's, a sentence, and what spoke against each candidate. */
export interface Rejection {
  readonly word:
    | 'TargetClusterNotFound'
    | 'TargetClusterNotActive'
    | 'TargetClusterNoCapacity'
    | 'NoActiveClusterWithCapacity'
    | 'NO_WORKER_CAPACITY'
  readonly detail: string
  readonly candidates: readonly { readonly id: string; readonly name: string; readonly reasons: readonly string[] }[]
}

/** An instance as root wants it. Root is the only writer. */
export interface DesiredInstance {
  readonly id: string
  readonly serviceId: string
  readonly number: number
  readonly addresses: InstanceAddresses
  readonly createdAtMs: number
  /** Where it shall run; absent until a cluster was chosen. */
  readonly clusterId?: string
  /** Why no cluster could be chosen at the last try. */
  readonly rejection?: Rejection
  /** True from the moment its removal was asked for until nothing of it is left anywhere. */
  readonly removing: boolean
}

/**
 * What a node knows about an instance, derived from facts of its runtime:
 * `creating` preparing image, network or process · `running` · `stopping` asked to end ·
 * `completed` a one-shot that ended with 0 · `failed` cannot be started, or a one-shot that ended otherwise ·
 * `dead` ended and waits for its restart.
 */
export type ObservedState = 'creating' | 'running' | 'stopping' | 'completed' | 'failed' | 'dead'

/** What the machine uses for one instance. */
export interface Usage {
  /** Percent of one machine: 100 is every core busy. */
  readonly cpuPercent: number
  readonly memoryBytes: number
  readonly diskBytes: number
}

/** An instance as the tiers below report it. The node writes it; a cluster writes it for an instance that has no node. */
export interface ObservedInstance {
  readonly instanceId: string
  /** Revision of the spec this speaks about. */
  readonly revision: number
  readonly state: ObservedState | 'unplaced' | 'node-scheduled'
  /** One sentence for people: the reason, the progress, or empty. */
  readonly detail: string
  readonly exitCode?: number
  /** How often it was started again since its spec came. */
  readonly restarts: number
  readonly startedAtMs?: number
  /** Set while `unplaced`: why the cluster has no node for it. */
  readonly rejection?: Rejection
  readonly nodeId?: string
  readonly nodeName?: string
  /** Address under which published ports answer. */
  readonly hostAddress?: string
}
