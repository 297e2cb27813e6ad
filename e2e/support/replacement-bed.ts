import { createHash } from 'node:crypto'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { ConnectionLoad, type LoadReport } from './connection-load.ts'
import { descriptor, service, writeDescriptor } from './descriptor.ts'
import { Images } from './images.ts'
import { Lan, type LanMachine } from './lan.ts'
import { Oak } from './oak.ts'

const PASSWORD = 'only-for-this-test'
const ENV = { OAK_API: 'http://192.168.77.10:10000', OAK_PASSWORD: PASSWORD, OAK_ROOT_ADMIN_PASSWORD: PASSWORD }
const PORTS = { OAK_ROOT_API_PORT: 10_000, OAK_ROOT_SESSIONS_PORT: 50_052, OAK_CLUSTER_API_PORT: 10_100, OAK_CLUSTER_SESSIONS_PORT: 10_101 }
const PATIENT = { timeoutMs: 60_000, intervalMs: 100 }
export const REPLICAS = 4
const ROUND_ROBIN = '10.30.77.7'

interface Site {
  readonly cluster: string
  readonly nodeId: string
  readonly node: string
  readonly machine: LanMachine
}

interface Seen {
  readonly microservice_name: string
  readonly instance_list: readonly {
    readonly _id: string
    readonly instance_number: number
    readonly status: string
    readonly publicip: string
  }[]
}

/** What replacing instances under load came to. */
export interface Replaced {
  readonly updates: number
  readonly moves: number
  /** By the node from which the connections came. */
  readonly loads: Readonly<Record<string, LoadReport>>
}

/**
 * Two clusters of one node each, with a service of {@link REPLICAS} instances on both behind one round robin address, and a client
 * on each node. Its instances are replaced, in place and from one cluster to the other, while both clients connect over and over.
 */
export class ReplacementBed implements AsyncDisposable {
  readonly #owned: Disposal
  readonly #root: Oak
  readonly #images: Images
  readonly #sites: readonly Site[]
  #revision = 0

  private constructor(owned: Disposal, parts: { readonly root: Oak; readonly images: Images; readonly sites: readonly Site[] }) {
    this.#owned = owned
    this.#root = parts.root
    this.#images = parts.images
    this.#sites = parts.sites
  }

  static async open(): Promise<ReplacementBed> {
    await using owned = new Disposal()
    const images = owned.use(await Images.build())
    const lan = owned.use(await Lan.create())
    const install = async (machine: LanMachine) => owned.use(await Oak.create({ netns: machine.netns, env: ENV, ports: PORTS }))
    const [first, second] = [await lan.machine(10), await lan.machine(20)]
    const root = await install(first)
    await root.ok('up', '--detach', '--cluster-name', 'munich', '--node-name', 'n10')
    const token = async (kind: string) => (await root.ok(kind, 'join-token', 'berlin')).trim()
    const other = await install(second)
    await other.ok('cluster', '--detach', '--cluster-name', 'berlin', '--join', await token('cluster'))
    await other.ok('node', '--detach', '--node-name', 'n20', '--join', await token('node'))
    const sites = [
      { cluster: 'munich', node: 'n10', machine: first },
      { cluster: 'berlin', node: 'n20', machine: second },
    ]
    const nodes = await root.json<readonly { readonly id: string; readonly name: string }[]>('node', 'list')
    const known = sites.map((site) => ({ ...site, nodeId: nodes.find(({ name }) => name === site.node)?.id ?? '' }))
    const bed = owned.use(new ReplacementBed(owned.move(), { root, images, sites: known }))
    await bed.#deploy()
    // Whoever asked for it has it from here on.
    owned.move()
    return bed
  }

  /**
   * Replaces instances until so many were, and gives what became of all connections meanwhile. In each round one is
   * sent to the other cluster, and then all are updated, two at a time.
   */
  async replace(count: number, loops: number): Promise<Replaced> {
    const netnses = await Promise.all(this.#sites.map(({ node }) => this.#netnsOf(`from${node}`)))
    await using running = new Disposal()
    const loads: ConnectionLoad[] = []
    for (const netns of netnses) loads.push(running.use(await ConnectionLoad.start(netns, ROUND_ROBIN, loops)))
    let [updates, moves] = [0, 0]
    while (updates + moves < count) {
      await this.#move(moves % REPLICAS)
      moves += 1
      await this.#update()
      updates += REPLICAS
    }
    const reports = await Promise.all(loads.map((load) => load.end()))
    return { updates, moves, loads: Object.fromEntries(reports.map((report, at) => [this.#sites[at]?.node ?? '', report])) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]()
  }

  async #deploy(): Promise<void> {
    const clients = this.#sites.map(({ cluster, node }) =>
      service(`from${node}`, { code: this.#images.code('demo-web'), constraints: [{ type: 'direct', cluster, node }] }),
    )
    const file = await writeDescriptor(this.#root.dataDir, 'load', descriptor('load', [this.#web(), ...clients]))
    await this.#root.ok('app', 'create', '--file', file, '--deploy', '--wait')
    await until('all of them work', async () => (await this.#instances()).every(({ status }) => status === 'RUNNING'), PATIENT)
  }

  #web(): Readonly<Record<string, unknown>> {
    return service('web', {
      code: this.#images.code('demo-web'),
      addresses: { rr_ip: ROUND_ROBIN },
      constraints: [{ type: 'clusters', allowed: this.#sites.map(({ cluster }) => cluster) }],
      replicas: REPLICAS,
      environment: [`REVISION=${this.#revision}`],
      // It listens a moment after it was started: until then it is not ready.
      health_check: { tcp: { port: 80 }, period: 1, timeout: 1 },
      update: { max_unavailable: 2, min_ready: 0 },
    })
  }

  async #update(): Promise<void> {
    this.#revision += 1
    const file = await writeDescriptor(this.#root.dataDir, 'web', descriptor('load', [this.#web()]))
    await this.#root.ok('service', 'update', 'load.web', '--file', file, '--wait')
  }

  async #move(number: number): Promise<void> {
    const from = await this.#siteOf(number)
    const to = this.#sites.find((site) => site !== from)
    await this.#root.ok('service', 'move', 'load.web', String(number), '--cluster', to?.cluster ?? '', '--wait')
  }

  async #siteOf(number: number): Promise<Site | undefined> {
    const instance = (await this.#instances()).find((each) => each.instance_number === number)
    return this.#sites.find(({ machine }) => machine.address === instance?.publicip)
  }

  async #instances() {
    return (await this.#seen('web')).instance_list
  }

  async #seen(name: string): Promise<Seen> {
    const services = await this.#root.json<readonly Seen[]>('service', 'list', '--app', 'load')
    const found = services.find(({ microservice_name }) => microservice_name === name)
    if (!found) throw new Error(`there is no service ${name}`)
    return found
  }

  async #netnsOf(name: string): Promise<string> {
    const [instance] = (await this.#seen(name)).instance_list
    const site = this.#sites.find(({ machine }) => machine.address === instance?.publicip)
    if (!instance || !site) throw new Error(`${name} does not run`)
    const tag = createHash('sha256').update(site.nodeId).digest('hex').slice(0, 5)
    return `/run/netns/oak-${tag}-${instance._id}`
  }
}
