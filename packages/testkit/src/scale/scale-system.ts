import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import type { Collection } from '@oakestra/store'
import type { ApiUser } from '../api-user.ts'
import { type System, startSystem } from '../start-system.ts'
import { FarSite } from './far-site.ts'
import { ScaleSite, type SiteView } from './scale-site.ts'
import { PATIENT, scaleOptions } from './scale-surroundings.ts'
import { socketDoor } from './socket-door.ts'
import { type HopTraffic, sumOfTraffic, Traffic } from './traffic.ts'

export interface ScaleOptions {
  readonly clusters: number
  readonly nodesPerCluster: number
  /** With 2, most clusters and their nodes are in another process, connected to root over WebSocket and TLS. Default 1. */
  readonly processes?: 1 | 2
}

/** How things are in all processes together. */
export interface ScaleView {
  /** Processes that run on nodes that live. */
  readonly alive: number
  /** Starts of processes, on any node, ever. */
  readonly starts: number
  readonly clusterHop: HopTraffic
  readonly nodeHop: HopTraffic
  /** Time of the processor since the processes began. */
  readonly cpuMs: number
  readonly rssMb: number
}

interface Parts {
  readonly system: System
  readonly near: ScaleSite
  readonly far: FarSite | undefined
  readonly user: ApiUser
  readonly clusters: number
  readonly nodes: number
  readonly disposal: Disposal
}

interface Report {
  readonly instanceId: string
  readonly state: string
  readonly nodeId?: string
}

const reports: Collection<Report> = { name: 'reports', key: ({ instanceId }) => instanceId }
const PAGE = 250
// Often enough to measure by, seldom enough not to be what is measured.
const LOOK_MS = 50
const SERVICE_SIZE_MAX = 100
// Root takes as much of the processor as this part of all clusters with their nodes: so both processes have the same to do.
const NEAR_PART = 0.2

/** Clusters and nodes by the hundred, with one user who wants a number of instances. */
export class ScaleSystem implements AsyncDisposable {
  readonly #parts: Parts
  readonly #dead = new Set<string>()

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static async start({ clusters: count, nodesPerCluster, processes = 1 }: ScaleOptions): Promise<ScaleSystem> {
    await using disposal = new Disposal()
    const names = Array.from({ length: count }, (_, cluster) => {
      return [`c${cluster}`, Array.from({ length: nodesPerCluster }, (_each, node) => `n${cluster}-${node}`)] as const
    })
    const nearCount = processes === 1 ? count : Math.max(1, Math.round(count * NEAR_PART))
    const traffic = new Traffic()
    const clusters = Object.fromEntries(names.slice(0, nearCount))
    const rootDoor = processes === 1 ? {} : { rootDoor: socketDoor() }
    const system = disposal.use(await startSystem(scaleOptions({ clusters, traffic, ...rootDoor })))
    const far = nearCount < count ? disposal.use(await startFar(system, Object.fromEntries(names.slice(nearCount)))) : undefined
    const near = new ScaleSite({ clusters: system.clusters, network: system.network, traffic })
    const size = { clusters: count, nodes: count * nodesPerCluster }
    const scene = new ScaleSystem({ system, near, far, user: await system.admin(), ...size, disposal: disposal.move() })
    await scene.connected()
    return scene
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
    await this.#parts.user.createApplication(name, services)
  }

  /** Until root knows that so many run, each on a node that lives. */
  async running(instances: number): Promise<void> {
    await this.#until('enough processes run', async () => (await this.view()).alive >= instances)
    await this.#until('root knows that they run', () => this.#isKnown(instances))
  }

  /** Asks root's store in parts, and only until one is found that does not run yet: what is measured is not the measuring. */
  async #isKnown(instances: number): Promise<boolean> {
    const { store } = this.#parts.system.root
    const runs = ({ state, nodeId }: Report) => state === 'running' && nodeId !== undefined && !this.#dead.has(nodeId)
    let count = 0
    let page: readonly Report[] = []
    do {
      const afterKey = page.at(-1)?.instanceId ?? ''
      page = await store.read((reader) => reader.list(reports, { afterKey, limit: PAGE }))
      count += page.length
      if (!page.every(runs)) return false
    } while (page.length === PAGE)
    return count >= instances
  }

  /** Until every cluster and every node that lives has its parent, and root knows of them all. */
  async connected(): Promise<void> {
    const { system, far, near, clusters, nodes } = this.#parts
    const knowsAll = () =>
      system.root.running.connectedClusters().size === clusters && system.root.running.activeNodes() === nodes - this.#dead.size
    const areConnected = async () => near.view().isConnected && ((await far?.tell({ do: 'look' }))?.view.isConnected ?? true)
    await this.#until('everything is connected', async () => knowsAll() && (await areConnected()))
  }

  async restartRoot(): Promise<void> {
    await this.#parts.system.root.restart()
  }

  /** So many nodes, evenly of all clusters, are without power from now on. */
  async kill(count: number): Promise<void> {
    const { system, near, far, nodes } = this.#parts
    const nearCount = Math.round((count * system.nodes.length) / nodes)
    const farAway = far ? (await far.tell({ do: 'kill', count: count - nearCount })).killed : []
    for (const id of [...near.kill(nearCount), ...farAway]) this.#dead.add(id)
  }

  async view(): Promise<ScaleView> {
    const { near, far } = this.#parts
    const there = await far?.tell({ do: 'look' })
    const views: readonly SiteView[] = [near.view(), ...(there ? [there.view] : [])]
    const { user, system } = process.cpuUsage()
    return {
      alive: views.reduce((sum, { alive }) => sum + alive, 0),
      starts: views.reduce((sum, { starts }) => sum + starts, 0),
      clusterHop: sumOfTraffic(views.map(({ clusterHop }) => clusterHop)),
      nodeHop: sumOfTraffic(views.map(({ nodeHop }) => nodeHop)),
      cpuMs: (user + system) / 1_000 + (there?.cpuMs ?? 0),
      rssMb: process.memoryUsage().rss / 2 ** 20 + (there?.rssMb ?? 0),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposal[Symbol.asyncDispose]()
  }

  async #until(what: string, check: () => Promise<boolean>): Promise<void> {
    await until(what, check, { ...PATIENT, intervalMs: LOOK_MS })
  }
}

async function startFar(system: System, clusters: Readonly<Record<string, readonly string[]>>): Promise<FarSite> {
  await using disposal = new Disposal()
  const far = disposal.use(new FarSite())
  const tokens: Record<string, string> = {}
  for (const name of Object.keys(clusters)) tokens[name] = await system.root.running.createClusterToken(name)
  await far.tell({ do: 'start', clusters, tokens })
  disposal.move()
  return far
}
