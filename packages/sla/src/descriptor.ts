import type { BalancingPolicy } from './address-plan.ts'

/** A descriptor after parsing: the field's standard words, units in the names, absent optionals filled with their defaults. */

export interface PublishedPort {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
}

/** What one instance asks for. Zero means "no demand and no limit". */
export interface ResourceRequest {
  readonly memoryMiB: number
  readonly vcpus: number
  readonly vgpus: number
  readonly storageMiB: number
}

/** Wanted service addresses; absent ones are chosen for the user. Canonical text form. */
export interface WantedAddresses {
  readonly roundRobinV4?: string
  readonly roundRobinV6?: string
  readonly closestV4?: string
  readonly closestV6?: string
  /** Further ways to choose an instance, each with an address of its own; empty: one that is chosen for the user. */
  readonly policies?: { readonly [Policy in BalancingPolicy]?: WantedPair }
}

export interface WantedPair {
  readonly v4?: string
  readonly v6?: string
}

/** A placement rule as the user wrote it. Unknown types are kept and reported, never silently dropped. */
export type Constraint =
  | { readonly type: 'direct'; readonly cluster?: string; readonly nodes: readonly string[] }
  | { readonly type: 'clusters'; readonly allowed: readonly string[] }
  | { readonly type: 'addons'; readonly needs: readonly string[] }
  | { readonly type: 'geo'; readonly location: string; readonly thresholdKm: number }
  | { readonly type: 'latency'; readonly area: string; readonly thresholdMs: number }
  /** Labels that the node must carry, as `key=value`. Our addition. */
  | { readonly type: 'labels'; readonly needs: readonly string[] }
  | { readonly type: 'unknown'; readonly word: string }

export interface VolumeRequest {
  readonly volumeId: string
  readonly csiDriver: string
  readonly mountPath: string
  readonly config: Readonly<Record<string, string>>
}

/**
 * How it is found out whether an instance that runs also works. Our addition to the descriptor. Ports are the instance's own.
 * An instance is healthy after its first good answer, and unhealthy after `threshold` bad ones in a row: then it is
 * started again like one that ended.
 */
export interface HealthCheck {
  readonly probe:
    | { readonly kind: 'http'; readonly port: number; readonly path: string }
    | { readonly kind: 'tcp'; readonly port: number }
    /** Run inside the instance; 0 is good. */
    | { readonly kind: 'command'; readonly command: readonly string[] }
  /** Bad answers do not count for this long after a start. */
  readonly startDelayMs: number
  readonly periodMs: number
  /** An answer that takes longer is a bad one. */
  readonly timeoutMs: number
  readonly threshold: number
}

/** When an instance that ended is started again. A one-shot never is. */
export interface RestartPolicy {
  readonly when: 'always' | 'on-failure' | 'never'
}

/**
 * What happens to an instance whose node is cut off from its cluster, or whose cluster from root.
 * `replace`: it runs on where it is; after `afterMs` a replacement is started elsewhere, and the one that was cut off ends when it returns.
 * `keep`: nobody else starts it, however long it takes.
 * `stop`: it ends itself after `afterMs` without a word from above, and only later is it started elsewhere: never twice.
 */
export interface DisconnectPolicy {
  readonly action: 'replace' | 'keep' | 'stop'
  /** Absent: what the tier above has as its default. */
  readonly afterMs?: number
  /** It never leaves the cluster it was placed in first. */
  readonly siteOnly: boolean
}

/** How a change of the descriptor reaches the instances. */
export interface UpdatePolicy {
  /** `rolling`: a few at a time, each proven before the next; `recreate`: all at once. */
  readonly strategy: 'rolling' | 'recreate'
  /** Instances that may be not ready at one time because of the update; at least one. */
  readonly maxUnavailable: number
  /** How long an instance must be ready before it counts as proven. */
  readonly minReadyMs: number
  /** An instance that is not ready this long after its change has failed, and the update with it. */
  readonly deadlineMs: number
  /** A failed update goes back to what ran before. */
  readonly rollBack: boolean
}

/** A service as clients outside the overlay reach it. Our addition. */
export interface GatewayRequest {
  /** `hostPort` is the node's, `containerPort` the instance's. */
  readonly ports: readonly PublishedPort[]
  /** Only HTTP requests for this host; lower case. */
  readonly host?: string
  /** Names of nodes; empty: all. */
  readonly nodes: readonly string[]
  /** Labels that a node must carry, all of them; `key=value`. */
  readonly labels: readonly string[]
}

export interface ServiceDescriptor {
  readonly name: string
  readonly namespace: string
  /** `container`, `unikernel`, or the name of another runtime; upstream's `docker` is read as `container`. */
  readonly virtualization: string
  /** Where the software comes from: an image reference, or the URL of an archive. Upstream's `code`. */
  readonly image: string
  /** Replaces the image's entry point and arguments when not empty. */
  readonly command: readonly string[]
  /** `NAME=value` pairs, laid over the image's own. */
  readonly environment: readonly string[]
  readonly resources: ResourceRequest
  readonly ports: readonly PublishedPort[]
  /** Absent: only its instances' own ports are published, if any. */
  readonly gateway?: GatewayRequest
  readonly oneShot: boolean
  readonly privileged: boolean
  /** Architectures the image exists for, in Go's words (`amd64`); empty means any. */
  readonly architectures: readonly string[]
  readonly addresses: WantedAddresses
  readonly constraints: readonly Constraint[]
  readonly volumes: readonly VolumeRequest[]
  /** Services that it is connected with, by id or by full name; absent: none is named. Counts where the application is isolated. */
  readonly connectivity?: readonly string[]
  /** How many instances there shall be; absent: as many as were asked for one by one. Our addition. */
  readonly replicas?: number
  /** Absent: an instance that runs is healthy. */
  readonly health?: HealthCheck
  readonly restart: RestartPolicy
  readonly disconnect: DisconnectPolicy
  readonly update: UpdatePolicy
  /** Between the request to end and the kill. */
  readonly stopGraceMs: number
  /** Everything the user sent, word for word: it is handed back by the API. */
  readonly source: Readonly<Record<string, unknown>>
}

export interface ApplicationDescriptor {
  readonly name: string
  readonly namespace: string
  readonly description: string
  /** Set when the document addresses an application that exists. */
  readonly applicationId?: string
  /** Whether instances of other applications are kept out; absent: nothing is said. Our addition. */
  readonly isolated?: boolean
  readonly services: readonly ServiceDescriptor[]
  /** Keys of the application entry that are not ours, word for word. */
  readonly source: Readonly<Record<string, unknown>>
}

export interface Sla {
  readonly version: 'v2.0'
  readonly customerId: string
  readonly applications: readonly ApplicationDescriptor[]
}

/** One thing wrong with a document. */
export interface Violation {
  /** JSON path, for example `applications[0].microservices[1].memory`. */
  readonly path: string
  readonly expected: string
  /** What stood there, shortened to stay readable. */
  readonly found: string
}

/** Remarks on a document that is accepted all the same. */
export interface Note {
  readonly path: string
  readonly text: string
}

export type ParseResult<T> =
  | { readonly ok: true; readonly value: T; readonly notes: readonly Note[] }
  | { readonly ok: false; readonly violations: readonly Violation[] }
