import type { Disposal } from '@oakestra/base'
import type { Root } from '@oakestra/root'
import type { MemoryNetwork } from '@oakestra/session/testing'
import { ApiUser } from './api-user.ts'
import { ADMIN_PASSWORD, type Surroundings } from './surroundings.ts'
import type { ClusterUnit, NodeUnit, RoleUnit, Unit } from './units.ts'

export interface SystemParts {
  readonly root: Unit<Root>
  readonly clusters: readonly ClusterUnit[]
  readonly network: MemoryNetwork
  readonly disposal: Disposal
  readonly waitUntil: Surroundings['waitUntil']
}

/** Root, clusters and nodes in one process: real code over a network, machines and kernels in memory. */
export class System implements AsyncDisposable {
  readonly root: Unit<Root>
  readonly clusters: readonly ClusterUnit[]
  readonly network: MemoryNetwork
  readonly #disposal: Disposal
  readonly #waitUntil: Surroundings['waitUntil']

  constructor({ root, clusters, network, disposal, waitUntil }: SystemParts) {
    this.root = root
    this.clusters = clusters
    this.network = network
    this.#disposal = disposal
    this.#waitUntil = waitUntil
  }

  /** Every process of the system. */
  get roles(): readonly RoleUnit[] {
    return [this.root, ...this.clusters.map(({ unit }) => unit), ...this.nodes.map(({ unit }) => unit)]
  }

  get nodes(): readonly NodeUnit[] {
    return this.clusters.flatMap(({ nodes }) => nodes)
  }

  cluster(name: string): ClusterUnit {
    return named(this.clusters, name)
  }

  node(name: string): NodeUnit {
    return named(this.nodes, name)
  }

  /** The administrator, logged in. */
  async admin(): Promise<ApiUser> {
    return ApiUser.login(() => this.root.running.api, 'Admin', ADMIN_PASSWORD)
  }

  /** True while every part runs and is connected to its parent. */
  get isConnected(): boolean {
    if (!this.roles.every(({ isRunning }) => isRunning)) return false
    const isUp = ({ unit, nodes }: ClusterUnit) => unit.running.connected && nodes.every((node) => node.unit.running.connected)
    const root = this.root.running
    return this.clusters.every(isUp) && root.connectedClusters().size === this.clusters.length && root.activeNodes() === this.nodes.length
  }

  /** Resolves when every part is connected to its parent. */
  connected(): Promise<void> {
    return this.#waitUntil('everything is connected', () => this.isConnected)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposal[Symbol.asyncDispose]()
  }
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((each) => each.name === name)
  if (!found) throw new Error(`there is no ${name} in this system`)
  return found
}
