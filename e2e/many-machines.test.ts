import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SeenService } from './support/api-user.ts'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const PASSWORD = 'only-for-this-test'
const USUAL_PORTS = {
  OAK_ROOT_API_PORT: 10_000,
  OAK_ROOT_SESSIONS_PORT: 50_052,
  OAK_CLUSTER_API_PORT: 10_100,
  OAK_CLUSTER_SESSIONS_PORT: 10_101,
}
const SITES = [
  { name: 'munich', clusterMachine: 10, nodeMachine: 20, address: '10.30.80.80' },
  { name: 'berlin', clusterMachine: 11, nodeMachine: 21, address: '10.30.80.81' },
] as const

interface Daemon {
  readonly roles: readonly string[]
  readonly phase: string
  readonly process: { readonly pid: number }
}

/** One installation on a machine of its own. Its command line asks the same root as that of all others. */
interface Place {
  readonly oak: Oak
  readonly machine: LanMachine
  readonly tracesBefore: string
}

interface Site {
  readonly name: string
  readonly address: string
  readonly cluster: Place
  readonly node: Place
  nodeToken: string
}

describe.skipIf(missingRights())('root, two clusters and two nodes, each on a machine of its own', () => {
  const owned = new Disposal()
  const sites: Site[] = []
  let images: Images
  let root: Place
  let stranger: Place

  beforeAll(async () => {
    images = owned.use(await Images.build())
    const lan = owned.use(await Lan.create())
    const addPlace = async (number: number): Promise<Place> => {
      const machine = await lan.machine(number)
      const env = { OAK_API: 'http://192.168.77.1:10000', OAK_PASSWORD: PASSWORD, OAK_ROOT_ADMIN_PASSWORD: PASSWORD }
      const tracesBefore = await machine.traces()
      return { oak: owned.use(await Oak.create({ netns: machine.netns, env, ports: USUAL_PORTS })), machine, tracesBefore }
    }
    root = await addPlace(1)
    for (const { name, clusterMachine, nodeMachine, address } of SITES)
      sites.push({ name, address, cluster: await addPlace(clusterMachine), node: await addPlace(nodeMachine), nodeToken: '' })
    stranger = await addPlace(99)
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('join by tokens that the command line makes, and are listed', async () => {
    await root.oak.ok('root', '--detach')
    await Promise.all(sites.map(joinSite))
    const nodes = await until('both nodes are listed', () => connectedNodes(2))
    expect(nodes).toEqual(['node-berlin in berlin at 192.168.77.21', 'node-munich in munich at 192.168.77.20'])
    const table = await sites[0]?.cluster.oak.ok('cluster', 'list')
    expect(table).toMatch(/munich +active +1 .* 192\.168\.77\.10 /)
    expect(table).toMatch(/berlin +active +1 .* 192\.168\.77\.11 /)
  })

  it('turn away who comes with a used, a forged or a wrong token, and say so', async () => {
    const { nodeToken } = first()
    const join = (role: string, token: string) => stranger.oak.cli(role, '--detach', '--join', token)
    const turnedAway = (code: number, reason: string) => ({ code, stderr: expect.stringContaining(`error: ${reason}`) })
    expect(await join('node', nodeToken)).toMatchObject(
      turnedAway(4, 'the parent refused: the join token has been used up; make a new one with "oak node join-token CLUSTER"'),
    )
    expect(await join('node', forged(nodeToken))).toMatchObject(
      turnedAway(4, 'the parent refused: the parent does not know this join token'),
    )
    expect(await join('cluster', nodeToken)).toMatchObject(turnedAway(2, 'this join token is for a node, not for a cluster'))
    expect(await join('node', nodeToken.slice(0, -9))).toMatchObject(turnedAway(2, 'the join token is damaged'))
    await stranger.oak.ok('clean', '--yes')
    expect(await stranger.machine.traces()).toBe(stranger.tracesBefore)
  })

  it('run what is meant for them, reached from another machine by the address of the node', async () => {
    await Promise.all(sites.map(deployAt))
    for (const { name, node } of sites) {
      const services = await root.oak.json<readonly SeenService[]>('service', 'list', '--app', name)
      const placed = services.flatMap(({ instance_list: list }) => list.map(({ status, publicip }) => `${status} at ${publicip}`))
      expect(placed).toEqual(Array(2).fill(`RUNNING at ${node.machine.address}`))
      expect(await askFromStranger(node)).toMatch(new RegExp(`Hello from \\S*web${name}`))
    }
  })

  it('pass logs on while they are written, and Ctrl-C ends that quietly', async () => {
    for (const [index, { name, cluster }] of sites.entries()) {
      await using logs = (index === 0 ? root : cluster).oak.follow('service', 'logs', `client${name}`, '--follow')
      const before = (await logs.sees(new RegExp(`Hello from \\S*web${name}`))).length
      await logs.sees(/Hello from/, before + 1)
      expect(await logs.interrupt()).toBe(0)
      expect(logs.lines.filter((line) => line.startsWith('error'))).toEqual([])
    }
  })

  it('go on without a gap when root and clusters are killed, and find each other again', async () => {
    const before = await Promise.all(sites.map(({ node }) => node.machine.traces()))
    const running = await instances()
    await Promise.all([kill(root, 'root'), ...sites.map(({ cluster }) => kill(cluster, 'cluster'))])
    for (const { name, node } of sites) expect(await askFromStranger(node)).toContain(`web${name}`)
    await Promise.all([root.oak.ok('root', '--detach'), ...sites.map(({ cluster }) => cluster.oak.ok('cluster', '--detach'))])
    await until('both nodes are back', () => connectedNodes(2))
    expect(await until('all instances are seen running', runningInstances)).toEqual(running)
    expect(await Promise.all(sites.map(({ node }) => node.machine.traces()))).toEqual(before)
    for (const { name } of sites) {
      // It may have asked before the first page was there.
      const log = (await root.oak.ok('service', 'logs', `client${name}`)).replace(/^[^]*?Hello/, 'Hello')
      expect(log).not.toContain('no answer')
      expect(await root.oak.ok('service', 'logs', `web${name}`)).toMatch(/^\S+ serves on port 80\n$/)
    }
  })

  it('leave nothing on any machine when they are removed', async () => {
    await root.oak.ok('app', 'delete', '--all', '--yes')
    for (const { node, cluster } of sites) {
      await node.oak.ok('clean', '--yes')
      await cluster.oak.ok('clean', '--yes')
    }
    await root.oak.ok('clean', '--yes')
    for (const { machine, tracesBefore } of [root, ...sites.flatMap(({ cluster, node }) => [cluster, node])])
      expect(await machine.traces()).toBe(tracesBefore)
  })

  function first(): Site {
    const [site] = sites
    if (!site) throw new Error('there is no site')
    return site
  }

  async function joinSite(site: Site): Promise<void> {
    const token = (await root.oak.ok('cluster', 'join-token', site.name)).trim()
    await site.cluster.oak.ok('cluster', '--detach', '--cluster-name', site.name, '--join', token)
    site.nodeToken = (await root.oak.ok('node', 'join-token', site.name)).trim()
    await site.node.oak.ok('node', '--detach', '--node-name', `node-${site.name}`, '--join', site.nodeToken)
  }

  async function deployAt({ name, address, cluster, node }: Site): Promise<void> {
    const constraints = [{ type: 'direct', cluster: name, node: `node-${name}` }]
    const web = service(`web${name}`, { code: images.code('demo-web'), port: '8080:80', addresses: { rr_ip: address }, constraints })
    const environment = [`TARGET=http://${address}`, 'PERIOD=1']
    const client = service(`client${name}`, { code: images.code('demo-client'), environment, constraints })
    const file = await writeDescriptor(node.oak.dataDir, 'app', descriptor(name, [web, client]))
    await cluster.oak.ok('app', 'create', '--file', file, '--deploy', '--wait')
  }

  function askFromStranger({ machine }: Place): Promise<string> {
    return stranger.machine.run('busybox', 'wget', '-q', '-O', '-', `http://${machine.address}:8080`)
  }

  async function connectedNodes(count: number): Promise<readonly string[] | undefined> {
    const nodes = await root.oak.json<readonly { name: string; cluster_name: string; state: string; address: string }[]>('node', 'list')
    const connected = nodes.filter(({ state }) => state === 'connected')
    return connected.length === count
      ? connected.map((node) => `${node.name} in ${node.cluster_name} at ${node.address}`).toSorted()
      : undefined
  }

  async function instances(): Promise<readonly string[]> {
    const services = await root.oak.json<readonly SeenService[]>('service', 'list')
    return services.flatMap(({ microservice_name: name, instance_list: list }) =>
      list.map((instance) => `${name} ${instance.instance_number} ${instance.status} ${instance.instance_ip} ${instance.restarts}`),
    )
  }

  async function runningInstances(): Promise<readonly string[] | undefined> {
    const all = await instances()
    return all.every((instance) => instance.includes(' RUNNING ')) ? all : undefined
  }
})

/** Ends the daemon of a role as the kernel would: at once, in the middle of whatever it does. */
async function kill({ oak }: Place, role: string): Promise<void> {
  const { stdout } = await oak.cli('status', '--json')
  const { daemons } = JSON.parse(stdout) as { readonly daemons: readonly Daemon[] }
  const pid = daemons.find(({ roles }) => roles.includes(role))?.process.pid
  if (pid === undefined) throw new Error(`no ${role} runs there: ${stdout}`)
  process.kill(pid, 'SIGKILL')
}

/** The same token with another secret. */
function forged(token: string): string {
  const content = JSON.parse(Buffer.from(token.slice('oak1.'.length), 'base64url').toString()) as { secret: string }
  const secret = content.secret.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
  return `oak1.${Buffer.from(JSON.stringify({ ...content, secret })).toString('base64url')}`
}
