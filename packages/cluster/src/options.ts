import type { Clock, IdGenerator, Logger, MetricFamily, Random } from '@oakestra/base'
import type { ControllerStatus } from '@oakestra/controller'
import type { Authority } from '@oakestra/pki'
import type { PolicyName, Proximity } from '@oakestra/scheduler'
import type { ChildTransport, ParentTransport, Renewable } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import type { LocalDesk } from './local/local-desk.ts'
import type { LivenessTuning } from './nodes/node-liveness.ts'
import type { Chooser } from './placement/choose-node.ts'

export interface ClusterOptions {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly version: string
  readonly store: Store
  /** The way to root. */
  readonly rootTransport: ChildTransport
  /** Its own certificate at root. */
  readonly renewable?: Renewable
  /** The door for nodes. */
  readonly nodeTransport: ParentTransport
  readonly authority: Authority
  /** `host:port` under which nodes reach this cluster, for join tokens. */
  readonly nodeAddresses: (port: number) => readonly string[]
  readonly apiPort: () => number
  readonly policy: PolicyName
  readonly cpuOvercommit: number
  /** Places that descriptors may name. */
  readonly knownAreas?: Proximity['knownAreas']
  /** An external scheduler, asked first. */
  readonly chooser?: Chooser
  readonly liveness?: LivenessTuning
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly random: Random
  readonly logger: Logger
}

/** A running cluster orchestrator. */
export interface Cluster extends AsyncDisposable {
  readonly sessionPort: number
  readonly connected: boolean
  /** What may be done at this cluster itself. */
  readonly local: LocalDesk
  connectedNodes(): ReadonlySet<string>
  /** A token with which one node may join. @param name the name it gets, whatever it calls itself */
  createNodeToken(validMs: number, name?: string): Promise<string>
  controllers(): readonly ControllerStatus[]
  /** What it knows of itself and its nodes, as numbers. */
  metrics(): Promise<readonly MetricFamily[]>
  idle(): Promise<void>
}
