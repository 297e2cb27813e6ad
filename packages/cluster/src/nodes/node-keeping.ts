import type { Clock, IdGenerator, Logger, Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { inboxItems, type Liveness, type Outbox, outboxEntries } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import type { WireNode } from '@oakestra/wire'
import type { Capacity } from '../placement/capacity.ts'
import { nodes, placements } from '../state.ts'
import { NodeOperations } from './node-operations.ts'
import { NodeReconciler } from './node-reconciler.ts'
import { NodeRegistry } from './node-registry.ts'

const RESYNC_MS = 60_000

export interface NodeKeepingOptions {
  readonly store: Store
  readonly outbox: Outbox
  readonly capacity: Capacity
  readonly liveness: Liveness
  readonly usageOf: (nodeId: string) => WireNode['usage']
  /** Told when an operator changed what a node is for. */
  readonly onChanged: (nodeId: string) => void
  /** Told when a node is no more. */
  readonly onDropped: (nodeId: string) => void
  readonly ids: IdGenerator
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Everything about nodes as such: who belongs here, what operators want of them, their place in the overlay, their end. */
export class NodeKeeping {
  readonly registry: NodeRegistry
  readonly operations: NodeOperations
  readonly #options: NodeKeepingOptions
  readonly #controller: Controller

  constructor(options: NodeKeepingOptions) {
    this.#options = options
    const { clock, random, logger } = options
    this.registry = new NodeRegistry(options)
    this.operations = new NodeOperations(options)
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 100, maxMs: 30_000 } }
    this.#controller = createController({ ...control, name: 'nodes', reconciler: new NodeReconciler(options), concurrency: 1 })
    for (const { id } of options.capacity.allNodes()) options.liveness.expect(id)
  }

  nodeMoved(nodeId: string): void {
    this.#controller.nudge(nodeId)
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key, kind } of changes) {
      if (collection === nodes.name) this.#nodeChanged(key, kind)
      else if (collection === inboxItems.name && key === 'addressing') this.#controller.nudgeAll()
    }
    if (changes.some(({ collection }) => collection === placements.name || collection === outboxEntries.name)) this.#nudgeLeaving()
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#controller[Symbol.asyncDispose]()
  }

  #nodeChanged(nodeId: string, kind: Change['kind']): void {
    if (kind === 'put') this.#options.liveness.expect(nodeId)
    else this.#options.liveness.forget(nodeId)
    this.#controller.nudge(nodeId)
  }

  /** Those that wait for the last of their instances to go. */
  #nudgeLeaving(): void {
    for (const { id, removing } of this.#options.capacity.allNodes()) if (removing) this.#controller.nudge(id)
  }
}
