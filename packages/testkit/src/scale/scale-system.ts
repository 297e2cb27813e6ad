import { until } from '@oakestra/base/testing'
import type { Collection } from '@oakestra/store'
import type { ApiUser } from '../api-user.ts'
import { type NodeUnit, type System, startSystem } from '../start-system.ts'
import { scaleSurroundings } from './scale-surroundings.ts'
import { Traffic } from './traffic.ts'

export interface ScaleOptions {
  readonly clusters: number
  readonly nodesPerCluster: number
}

const reports: Collection<{ readonly instanceId: string; readonly state: string; readonly nodeId?: string }> = {
  name: 'reports',
  key: ({ instanceId }) => instanceId,
}
const PATIENT = { timeoutMs: 600_000 }
// Often enough to measure by, seldom enough not to be what is measured.
const LOOK_MS = 50
const SERVICE_SIZE_MAX = 100

/** Clusters and nodes by the hundred, with one user who wants a number of instances. */
export class ScaleSystem implements AsyncDisposable {
  readonly system: System
  readonly traffic: Traffic
  readonly #user: ApiUser
  readonly #dead = new Set<string>()

  private constructor(parts: { readonly system: System; readonly traffic: Traffic; readonly user: ApiUser }) {
    this.system = parts.system
    this.traffic = parts.traffic
    this.#user = parts.user
  }

  static async start({ clusters: count, nodesPerCluster }: ScaleOptions): Promise<ScaleSystem> {
    const names = Array.from({ length: count }, (_, cluster) => {
      const nodes = Array.from({ length: nodesPerCluster }, (_each, node) => `n${cluster}-${node}`)
      return [`c${cluster}`, nodes] as const
    })
    const traffic = new Traffic()
    const surroundings = scaleSurroundings({ nodes: new Set(names.flatMap(([, nodes]) => nodes)), traffic })
    const patient = { ...surroundings, waitUntil: async (what: string, check: () => boolean) => void (await until(what, check, PATIENT)) }
    const system = await startSystem({
      clusters: Object.fromEntries(names),
      memoryMiBPerNode: 8_192,
      vcpusPerNode: 8,
      surroundings: patient,
    })
    return new ScaleSystem({ system, traffic, user: await system.admin() })
  }

  /** Asks for so many instances, a hundred to a service, in one request. */
  async want(instances: number, name = 'scale'): Promise<void> {
    const services = Array.from({ length: Math.ceil(instances / SERVICE_SIZE_MAX) }, (_, index) => ({
      microservice_name: `s${index}`,
      code: 'fake://run',
      memory: 16,
      vcpus: 0,
      replicas: Math.min(SERVICE_SIZE_MAX, instances - index * SERVICE_SIZE_MAX),
    }))
    await this.#user.createApplication(name, services)
  }

  /** Until root knows that so many run, each on a node that lives. */
  async running(instances: number): Promise<void> {
    await until('enough processes run', () => this.alive() >= instances, { ...PATIENT, intervalMs: LOOK_MS })
    const isHere = (nodeId: string | undefined) => nodeId !== undefined && !this.#dead.has(nodeId)
    await until(
      'root knows that they run',
      async () => {
        const all = await this.system.root.store.read((reader) => reader.list(reports))
        return all.filter(({ state, nodeId }) => state === 'running' && isHere(nodeId)).length >= instances
      },
      { ...PATIENT, intervalMs: LOOK_MS },
    )
  }

  /** Processes that run on nodes that live. */
  alive(): number {
    return this.#living().reduce((sum, { machine }) => sum + machine.running().length, 0)
  }

  /** Starts of processes, on any node, ever. */
  starts(): number {
    return this.system.nodes.reduce((sum, { machine }) => sum + machine.starts.length, 0)
  }

  /** So many nodes, evenly of all clusters, are without power from now on. Gives how many instances they had. */
  kill(count: number): number {
    const { nodes, clusters, network } = this.system
    const step = nodes.length / count
    const victims = Array.from({ length: Math.min(count, nodes.length - clusters.length) }, (_, index) => nodes[Math.floor(index * step)])
    let lost = 0
    for (const victim of victims) {
      if (!victim) continue
      lost += victim.machine.running().length
      this.#dead.add(victim.id)
      network.strand(victim.id)
      network.cut(victim.id)
      victim.unit.fence.kill()
      void victim.unit.stop().catch(() => undefined)
    }
    return lost
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system[Symbol.asyncDispose]()
  }

  #living(): readonly NodeUnit[] {
    return this.system.nodes.filter(({ id }) => !this.#dead.has(id))
  }
}
