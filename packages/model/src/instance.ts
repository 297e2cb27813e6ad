import type {
  BalancingPolicy,
  Constraint,
  DisconnectPolicy,
  HealthCheck,
  PublishedPort,
  ResourceRequest,
  RestartPolicy,
  VolumeRequest,
} from '@oakestra/sla'

/** The addresses an instance keeps for life, wherever it runs. Canonical text form. */
export interface InstanceAddresses {
  readonly v4: string
  readonly v6: string
}

/** An address that stands for a service and a way to choose among its instances. */
export interface ServiceAddress {
  readonly policy: BalancingPolicy
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
  /** Ids of the services whose instances may connect to it, those of its own application among them. Absent: it is not isolated. */
  readonly admits?: readonly string[]
  readonly health?: HealthCheck
  readonly restart: RestartPolicy
  readonly disconnect: DisconnectPolicy
  readonly stopGraceMs: number
  /** Raised each time the instance gets another place: of two copies, the one with the higher term is meant. */
  readonly term: number
  /** How many restarts were asked for: a process that was started under fewer is replaced by one of the same kind. Absent counts as 0. */
  readonly restartsAsked?: number
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

/** That an instance is to leave the place it has, while that place can still be asked to end it. */
export interface Leaving {
  /** One sentence for people and for the record. */
  readonly reason: string
  /** The place an operator chose for it; absent: the scheduler chooses. */
  readonly targetId?: string
  /** Set when it leaves because it does not work where it is: no reason any more once it does. */
  readonly forTrouble?: true
}

/** How far an instance is on its way to the revision it has, since an update gave it that. Times of root's own clock. */
export interface RevisionChange {
  readonly atMs: number
  /** Whether it was ready when its process was to be replaced: one that was not is not what an update breaks. */
  readonly wasReady: boolean
  /** Since when it is ready; absent while it is not, and once that is proven. */
  readonly readySinceMs?: number
  /** Set when it was ready for long enough; from then on it is an instance like any other. */
  readonly proven?: true
}

/** That an instance shall be started again where it is. */
export interface RestartWish {
  /** See `restartsAsked` of a spec. */
  readonly asked: number
  /** One sentence of whoever asked last; absent when nothing was said. */
  readonly reason?: string
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
  /** How many places it had before this one; absent counts as 0. */
  readonly term?: number
  /** Set while it is moved: its cluster ends it, then another is chosen. Never the place it leaves, unless there is no other. */
  readonly leaving?: Leaving
  /** Clusters that could not run it lately, each until a time (ms since the epoch). */
  readonly avoid?: Readonly<Record<string, number>>
  /** Revision of the service it shall run; absent: the service's own. An update raises it, instance by instance. */
  readonly revision?: number
  /** Absent while it has the revision it was made with. */
  readonly change?: RevisionChange
  /** Absent until somebody asks for a restart. */
  readonly restart?: RestartWish
  /** The last word on one that ended for good: under the revision this speaks about it is never started again, anywhere. */
  readonly ended?: ObservedInstance
  /** Its constraints with what names of places meant when its cluster was chosen; they count for this revision. */
  readonly places?: { readonly revision: number; readonly constraints: readonly Constraint[] }
  /** Why no cluster could be chosen at the last try; beside a `clusterId`, why no other one, while that is not connected. */
  readonly rejection?: Rejection
  /** One sentence: what was remarkable about the last choice of a cluster, such as an adviser that did not answer. */
  readonly placementNote?: string
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
  /** Restarts that had been asked for when its present, or last, process was started. Absent counts as 0. */
  readonly restartsAsked?: number
  readonly startedAtMs?: number
  /** Failures and early ends in a row, up to now. Absent counts as 0. */
  readonly strikes?: number
  /** What its health check says; absent without one, and while it does not run. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy'
  /** Term of the spec this speaks about. */
  readonly term?: number
  /** Set by a cluster that gave up moving it: it could not be run on any of the nodes it was given. Another cluster may try. */
  readonly exhausted?: true
  /** Set while `unplaced`: why the cluster has no node for it. */
  readonly rejection?: Rejection
  readonly nodeId?: string
  readonly nodeName?: string
  /** Address under which published ports answer. */
  readonly hostAddress?: string
}

/** True for an instance that runs and, where that is asked, works. */
export function isReady(observed: Pick<ObservedInstance, 'state' | 'health'>): boolean {
  return observed.state === 'running' && (observed.health === undefined || observed.health === 'healthy')
}

/** True for one that ended and is not to be started again, anywhere: what is done would be done twice. `reference/orchestration.md` W-14. */
export function hasEndedForGood(
  spec: Pick<InstanceSpec, 'revision' | 'oneShot' | 'restart'>,
  report: Pick<ObservedInstance, 'revision' | 'state' | 'exitCode'> | undefined,
): boolean {
  if (!report || report.revision !== spec.revision) return false
  if (report.state === 'completed') return true
  return report.state === 'failed' && report.exitCode !== undefined && (spec.oneShot || spec.restart.when === 'never')
}
