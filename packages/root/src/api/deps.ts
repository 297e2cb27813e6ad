import type { Clock, IdGenerator, Logger } from '@oakestra/base'
import type { Cluster, GeoPoint } from '@oakestra/model'
import type { Liveness } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import type { ChangeNode, InstanceUsage, RemoveNode, WireNode } from '@oakestra/wire'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../accounts/actor.ts'
import type { ObjectChecks } from '../custom-resources/object-checks.ts'
import type { AlertSource } from '../events/alert-news.ts'
import type { Watch } from '../events/watch.ts'
import type { WatchDeps } from '../events/watch-session.ts'
import type { PreHooks } from '../hooks/pre-hooks.ts'
import type { LogSource } from '../log-source.ts'
import type { Moves } from '../placement/moves.ts'
import type { ClusterGuard, ClusterStanding } from '../session/cluster-registry.ts'
import type { UnclaimedDesk } from '../unclaimed/unclaimed-desk.ts'
import type { Uploads } from './frontend/uploads.ts'
import type { LogTails } from './views/log-tails.ts'

/** A node as users see it: its cluster's word for it, and a summary of the machine. */
export interface NodeView {
  readonly id: string
  readonly name: string
  readonly clusterId: string
  readonly clusterName: string
  /** Address under which published ports answer; empty until the node told. */
  readonly address: string
  readonly architecture: string
  readonly state: 'connected' | 'disconnected'
  readonly presence: NonNullable<WireNode['presence']>
  readonly cordoned: boolean
  readonly draining: boolean
  /** True while what it has leaves it for good. */
  readonly removing: boolean
  readonly labels: readonly string[]
  readonly facts?: {
    readonly vcpus: number
    readonly memoryMiB: number
    readonly storageFreeMiB: number
    readonly vgpus: number
    readonly virtualizations: readonly string[]
    /** Why it cannot run what it was started for, by virtualization. */
    readonly faults?: Readonly<Record<string, string>>
    readonly version: string
    /** Of its configuration alone. */
    readonly labels?: readonly string[]
    readonly location?: GeoPoint
  }
  readonly instances?: number
  readonly cpuPercent?: number
  readonly memoryPercent?: number
  readonly lastSeenAtMs?: number
}

/** Permissions for routes that are not root's own. */
export interface ExtensionAccess {
  /** For administrators and whoever runs machines. */
  readonly people: FastifyContextConfig
  /** The route checks by itself who asks. */
  readonly scrapers: FastifyContextConfig
}

/** Adds routes that belong to the process around root, such as those of what watches it. */
export type ApiExtension = (app: FastifyInstance, access: ExtensionAccess) => void

/** Everything root's API works with. */
export interface RootApiDeps {
  readonly store: Store
  /** Tells of events as they are committed. */
  readonly events: WatchDeps['events']
  /** Asked before changes; absent: nobody is. */
  readonly hooks?: PreHooks
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly logger: Logger
  readonly accounts: Accounts
  readonly logs: LogSource
  readonly usage: (instanceId: string) => InstanceUsage
  readonly samples: WatchDeps['samples']
  readonly loads: WatchDeps['loads']
  readonly connectedClusters: () => ReadonlySet<string>
  /** Which clusters are here, and for how long others have not been heard of. */
  readonly presence: Pick<Liveness, 'presence' | 'awayMs'>
  readonly joinTokens: {
    forCluster(clusterName: string): Promise<string>
    /** @throws OakError `not-found`, `unavailable` */
    forNode(clusterId: string): Promise<string>
  }
  readonly clusters: {
    /** @throws OakError `not-found`, and what the guard throws */
    setStanding(actor: Actor, clusterId: string, standing: ClusterStanding, guard?: ClusterGuard): Promise<Cluster>
    /** Begins the removal. @throws OakError `not-found`; `conflict` while it has what may not leave it */
    remove(actor: Actor, clusterId: string, guard?: ClusterGuard): Promise<Cluster>
  }
  readonly nodes: {
    /** @throws OakError `unavailable` when a cluster that was asked for by id cannot answer */
    list(clusterId?: string): Promise<readonly NodeView[]>
    /** @throws OakError `not-found`, `unavailable`, `deadline-exceeded`; `conflict` it has none of the versions */
    change(clusterId: string, change: ChangeNode): Promise<void>
    /** Begins the removal. @throws OakError as `change` */
    remove(clusterId: string, removal: RemoveNode): Promise<void>
  }
  readonly moves: Moves
  readonly unclaimed: UnclaimedDesk
  readonly extension?: ApiExtension
  /** Absent: nothing around root watches for alerts. */
  readonly alerts?: AlertSource
  readonly version: string
  /** False while the root is still starting or already stopping. */
  readonly ready?: () => boolean
  /** Folder of Swagger UI's files; found beside the package when absent. */
  readonly swaggerUiStaticDir?: string
  /** Pages that may read answers: `same-host` alone when absent; see `addCors`. */
  readonly origins?: readonly string[]
  /** How long an address that was given back rests; see `QUIET_MS`. */
  readonly quietMs?: number
}

/** What handlers work with: the dependencies, and what the API keeps itself. */
export interface ApiContext extends RootApiDeps {
  readonly logTails: LogTails
  readonly watch: Watch
  readonly uploads: Uploads
  /** Compiled schemas of custom types. */
  readonly objectChecks: ObjectChecks
}
