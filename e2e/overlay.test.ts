import { createHash } from 'node:crypto'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Conversation } from './support/conversation.ts'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { MachineView } from './support/machine-view.ts'
import { Oak, run } from './support/oak.ts'
import { missingRights } from './support/rights.ts'
import { ask, ECHO_PORT, type Question, repeatedFirstPackets, TalkServer, unreachable } from './support/talk.ts'

const PASSWORD = 'only-for-this-test'
const ENV = { OAK_API: 'http://192.168.77.1:10000', OAK_PASSWORD: PASSWORD, OAK_ROOT_ADMIN_PASSWORD: PASSWORD }
const PORTS = { OAK_ROOT_API_PORT: 10_000, OAK_ROOT_SESSIONS_PORT: 50_052, OAK_CLUSTER_API_PORT: 10_100, OAK_CLUSTER_SESSIONS_PORT: 10_101 }
/** Two clusters, each on the machine of its first node. */
const SITES = [
  { cluster: 'munich', nodes: [10, 11] },
  { cluster: 'berlin', nodes: [20, 21] },
] as const
// Everything is there within some seconds on a quiet machine.
const PATIENT = { timeoutMs: 60_000, intervalMs: 100 }

interface Place {
  readonly number: number
  readonly cluster: string
  readonly oak: Oak
  readonly machine: LanMachine
  readonly nodeId: string
}

interface Seen {
  readonly microservice_name: string
  readonly RR_ip: string
  readonly RR_ip_v6: string
  readonly instance_list: readonly {
    readonly _id: string
    readonly instance_number: number
    readonly status: string
    readonly instance_ip: string
    readonly instance_ip_v6: string
    readonly publicip: string
  }[]
}

/** An instance and everything that leads to it. */
interface Spot {
  readonly name: string
  readonly place: Place
  readonly netns: string
  readonly v4: string
  readonly v6: string
  readonly addresses: readonly string[]
}

describe.skipIf(missingRights())('two clusters of two nodes, each on a machine of its own', () => {
  const owned = new Disposal()
  const places: Place[] = []
  let lan: Lan
  let root: Oak
  let images: Images
  let spots: readonly Spot[] = []

  beforeAll(async () => {
    images = owned.use(await Images.build())
    lan = owned.use(await Lan.create())
    const install = async (machine: LanMachine) => owned.use(await Oak.create({ netns: machine.netns, env: ENV, ports: PORTS }))
    root = await install(await lan.machine(1))
    await root.ok('root', '--detach')
    places.push(...(await Promise.all(SITES.map((site) => openSite(site, install)))).flat())
    await deploy(
      'mesh',
      places.map((place, at) => onNode(`s${place.number}`, place, addressesOf(at))),
    )
    spots = await spotsOf('mesh')
    for (const { name, netns } of spots) owned.use(await TalkServer.start(netns, name))
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('every service reaches every other by every address, over TCP, UDP and ICMP, and is seen as who it is', async () => {
    for (const from of spots) {
      const others = spots.filter((spot) => spot !== from)
      const questions = others.flatMap(({ addresses }) =>
        addresses.flatMap((address): Question[] => [
          ['tcp', address],
          ['udp', address],
        ]),
      )
      const expected = others.flatMap(({ name, addresses }) =>
        addresses.flatMap((address) => Array<string>(2).fill(`${name} hears ${address.includes(':') ? from.v6 : from.v4}`)),
      )
      await until(
        `${from.name} knows all others`,
        async () => (await ask(from.netns, questions)).every((said) => said.includes('hears')),
        PATIENT,
      )
      expect(await ask(from.netns, questions)).toEqual(expected)
      expect(
        await unreachable(
          from.netns,
          others.flatMap(({ addresses }) => addresses),
        ),
      ).toEqual([])
    }
  })

  it('the addresses of the release are one service, from another node', async () => {
    const [web, other] = [spotAt(0), spotAt(3)]
    expect(web.addresses).toEqual(expect.arrayContaining(['fdff:2000::55:55', '10.30.55.55']))
    expect(
      await ask(other.netns, [
        ['tcp', 'fdff:2000::55:55'],
        ['tcp', '10.30.55.55'],
      ]),
    ).toEqual([`${web.name} hears ${other.v6}`, `${web.name} hears ${other.v4}`])
  })

  it('a short name leads to a neighbour in another cluster, also inside a container', async () => {
    const [web, other] = [spotAt(0), spotAt(3)]
    const resolver = (await inContainer(other, 'cat', '/etc/resolv.conf')).split('\n')
    expect(resolver[0]).toMatch(/^nameserver 10\.\d+\.\d+\.\d+$/)
    for (const name of [web.name, `${web.name}.e2e`, `${web.name}.e2e.mesh.e2e.oak`])
      expect(await inContainer(other, 'wget', '-q', '-O', '-', `http://${name}`)).toMatch(/^Hello from/)
  })

  it('the first packet to an address of another application waits for its way, and is not sent again', async () => {
    await deploy('stranger', [onNode('lonely', placeAt(1), { rr_ip: '10.30.99.9' })])
    const [lonely] = await spotsOf('stranger')
    if (!lonely) throw new Error('it does not run')
    await using _server = await TalkServer.start(lonely.netns, 'lonely')
    const [far, farther] = [spotAt(3), spotAt(2)]
    const before = await repeatedFirstPackets(far.netns)
    expect(await ask(far.netns, [['tcp', '10.30.99.9']])).toEqual([`lonely hears ${far.v4}`])
    expect(await repeatedFirstPackets(far.netns)).toBe(before)
    expect(await ask(farther.netns, [['udp', lonely.v6]])).toEqual([`lonely hears ${farther.v6}`])
    expect((await ask(far.netns, [['tcp', '10.30.77.77']]))[0]).toMatch(/^E(NETUNREACH|HOSTUNREACH|CONNREFUSED)$/)
    const known = await far.place.oak.ok('debug', 'net')
    expect(known).toContain('Service stranger.e2e.lonely.e2e: 1 of 1 instances are ready, for something here asked for it.')
    expect(await far.place.oak.ok('debug', 'net', '10.30.99.9')).toContain('through the tunnel')
  })

  it('an isolated application is reached by those whom it names alone, from both clusters, and by all when it is open again', async () => {
    const named = [{ target_microservice_id: 'mesh.e2e.s20.e2e' }]
    const safe = { ...onNode('safe', placeAt(0), { rr_ip: '10.30.88.8' }), connectivity: named }
    const file = await writeDescriptor(root.dataDir, 'vault', descriptor('vault', [safe], { isolated: true }))
    await root.ok('app', 'create', '--file', file, '--deploy', '--wait')
    const [vault] = await spotsOf('vault')
    if (!vault) throw new Error('it does not run')
    await using _server = await TalkServer.start(vault.netns, 'vault')
    const { addresses } = vault
    const heard = async (from: Spot) => {
      const questions = addresses.flatMap((address): Question[] => [
        ['tcp', address],
        ['udp', address],
      ])
      return (await ask(from.netns, questions)).filter((said) => said.startsWith('vault hears'))
    }
    const [neighbour, sibling, guest] = [spotAt(0), spotAt(1), spotAt(2)]
    await until('its guest is let in', async () => (await heard(guest)).length === 2 * addresses.length, PATIENT)
    expect(await Promise.all([neighbour, sibling].map(heard))).toEqual([[], []])
    expect(await vault.place.oak.ok('debug', 'net', vault.v4)).toContain('is isolated: it takes connections from 2 instances')
    expect(await inContainer(vault, 'wget', '-q', '-O', '-', `http://${sibling.v4}`)).toMatch(/^Hello from/)
    await root.ok('app', 'isolate', 'vault', '--off')
    await until('others are let in', async () => (await heard(neighbour)).length === 2 * addresses.length, PATIENT)
    await root.ok('app', 'isolate', 'vault')
    await until('the others are kept out again', async () => (await ask(neighbour.netns, [['tcp', vault.v4]]))[0] === 'silent', PATIENT)
    expect((await root.json<readonly Seen[]>('service', 'list', '--app', 'vault'))[0]?.instance_list).toMatchObject([{ restarts: 0 }])
  })

  it('a connection between clusters goes on while every agent and every cluster is started anew', async () => {
    const [from, to] = [spotAt(1), spotAt(2)]
    await using talk = Conversation.open(await pidOf(from), to.addresses[2] ?? '', ECHO_PORT)
    await talk.echoes('before')
    await Promise.all(places.map(restart))
    await talk.echoes('after')
    await until('all agents are back', async () => (await connectedNodes()).length === places.length, PATIENT)
    await talk.echoes('long after')
  })

  it('new connections go to who runs elsewhere after an instance was moved', async () => {
    const [from, moving] = [spotAt(0), spotAt(3)]
    await deploy('walker', [
      service('moves', {
        code: images.code('demo-web'),
        addresses: { rr_ip: '10.30.66.66' },
        constraints: [{ type: 'clusters', allowed: ['berlin'] }],
      }),
    ])
    const [before] = await spotsOf('walker')
    if (!before) throw new Error('it does not run')
    await using _first = await TalkServer.start(before.netns, 'first')
    await until('it is reached', async () => (await ask(from.netns, [['tcp', '10.30.66.66']]))[0]?.startsWith('first'), PATIENT)
    const target = places.find(({ cluster, number }) => cluster === 'berlin' && number !== before.place.number)
    await root.ok('service', 'move', 'walker.moves', '0', '--node', `n${target?.number}`, '--wait')
    const after = await until('it runs there', async () => (await spotsOf('walker')).find(({ place }) => place === target), PATIENT)
    expect([after.v4, after.v6]).toEqual([before.v4, before.v6])
    await using _second = await TalkServer.start(after.netns, 'second')
    await until('it is reached there', async () => (await ask(from.netns, [['tcp', '10.30.66.66']]))[0]?.startsWith('second'), PATIENT)
    expect(
      await ask(moving.netns, [
        ['tcp', after.v6],
        ['udp', after.v4],
      ]),
    ).toEqual([`second hears ${moving.v6}`, `second hears ${moving.v4}`])
  })

  it('a node that dies gets no new connections a few seconds later, also when nobody is there to say so', async () => {
    const pair = {
      addresses: { rr_ip: '10.30.44.44', closest_ip: '10.30.44.45' },
      constraints: [{ type: 'clusters', allowed: ['berlin'] }],
    }
    await deploy('pair', [{ ...service('both', { code: images.code('demo-web'), ...pair }), replicas: 2 }])
    for (const [at, { place }] of (await spotsOf('pair')).entries()) {
      const number = at === 0 ? 20 : 21
      if (place.number !== number) await root.ok('service', 'move', 'pair.both', String(at), '--node', `n${number}`, '--wait')
    }
    const both = await until('each has a node of its own', async () => bothPlaces(await spotsOf('pair')), PATIENT)
    for (const [at, { netns }] of both.entries()) owned.use(await TalkServer.start(netns, `copy${at}`))
    const from = spotAt(1)
    const answers = () =>
      ask(
        from.netns,
        Array.from({ length: 4 }, (): Question => ['tcp', '10.30.44.44']),
      )
    await until('both are reached', async () => new Set(await answers()).size === 2, PATIENT)
    const counts = Object.values(countsOf(await answers()))
    expect(counts).toEqual([2, 2])
    const near = both.findIndex(({ place }) => place === spotAt(2).place)
    const nearest = `copy${near} hears ${spotAt(2).v4}`
    expect(
      await ask(
        spotAt(2).netns,
        Array.from({ length: 4 }, (): Question => ['tcp', '10.30.44.45']),
      ),
    ).toEqual(Array(4).fill(nearest))
    const victim = both.find(({ place }) => place.number === 21)
    const survivor = `copy${both.findIndex((spot) => spot !== victim)} hears ${from.v4}`
    for (const { oak } of [{ oak: root }, ...places.filter((_, at) => at % 2 === 0)]) await kill(oak, oak === root ? 'root' : 'cluster')
    await lan.cut(21)
    const cutAtMs = performance.now()
    await until('only the other is reached', async () => (await answers()).every((said) => said === survivor), {
      timeoutMs: 20_000,
      intervalMs: 50,
    })
    console.info(`a dead node got no new connections ${Math.round(performance.now() - cutAtMs)} ms after its cable was pulled`)
    await lan.mend(21)
    await until('both are reached again', async () => new Set(await answers()).size === 2, PATIENT)
  })

  async function openSite(
    { cluster, nodes }: (typeof SITES)[number],
    install: (machine: LanMachine) => Promise<Oak>,
  ): Promise<readonly Place[]> {
    const opened: Place[] = []
    for (const [at, number] of nodes.entries()) {
      const machine = await lan.machine(number)
      const oak = await install(machine)
      const token = async (kind: string) => (await root.ok(kind, 'join-token', cluster)).trim()
      if (at === 0) await oak.ok('cluster', '--detach', '--cluster-name', cluster, '--join', await token('cluster'))
      await oak.ok('node', '--detach', '--node-name', `n${number}`, '--join', await token('node'))
      const seen = await root.json<readonly { readonly id: string; readonly name: string }[]>('node', 'list')
      opened.push({ number, cluster, oak, machine, nodeId: seen.find(({ name }) => name === `n${number}`)?.id ?? '' })
    }
    return opened
  }

  function addressesOf(at: number) {
    const closest = { closest_ip: `10.30.60.${at + 1}`, closest_ip_v6: `fdff:1000::60:${at + 1}` }
    return at === 0 ? { rr_ip: '10.30.55.55', rr_ip_v6: 'fdff:2000::55:55', ...closest } : closest
  }

  function onNode(name: string, { number, cluster }: Place, addresses: object) {
    const constraints = [{ type: 'direct', cluster, node: `n${number}` }]
    return service(name, { code: images.code('demo-web'), addresses, constraints })
  }

  async function deploy(name: string, services: readonly object[]): Promise<void> {
    const file = await writeDescriptor(root.dataDir, name, descriptor(name, services))
    await root.ok('app', 'create', '--file', file, '--deploy', '--wait')
  }

  /** The running instances of an application, by name of their services. */
  async function spotsOf(application: string): Promise<readonly Spot[]> {
    const services = await root.json<readonly Seen[]>('service', 'list', '--app', application)
    return services
      .flatMap((seen) => seen.instance_list.map((instance) => spotOf(seen, instance)))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  function spotOf({ microservice_name: name, RR_ip, RR_ip_v6 }: Seen, instance: Seen['instance_list'][number]): Spot {
    const place = places.find(({ machine }) => machine.address === instance.publicip)
    if (!place) throw new Error(`${name} is at ${instance.publicip}`)
    const at = places.findIndex(({ number }) => name === `s${number}`)
    const closest = at < 0 ? [] : Object.values(addressesOf(at)).filter((address) => address !== RR_ip && address !== RR_ip_v6)
    const { instance_ip: v4, instance_ip_v6: v6 } = instance
    const netns = `/run/netns/oak-${tagOf(place)}-${instance._id}`
    return { name, place, netns, v4, v6, addresses: [v4, v6, RR_ip, RR_ip_v6, ...closest] }
  }

  function spotAt(at: number): Spot {
    const spot = spots[at]
    if (!spot) throw new Error(`there is no instance ${at}`)
    return spot
  }

  function placeAt(at: number): Place {
    const place = places[at]
    if (!place) throw new Error(`there is no node ${at}`)
    return place
  }

  async function restart({ oak, number, cluster }: Place): Promise<void> {
    const isFirst = SITES.some(({ nodes: [first] }) => first === number)
    await kill(oak, 'node')
    if (isFirst) await kill(oak, 'cluster')
    if (isFirst) await oak.ok('cluster', '--detach', '--cluster-name', cluster)
    await oak.ok('node', '--detach', '--node-name', `n${number}`)
  }

  async function pidOf({ place, netns }: Spot): Promise<number> {
    const tasks = await new MachineView(place.oak, place.nodeId).tasks()
    const pid = tasks.find(({ id }) => netns.endsWith(id))?.pid
    if (pid === undefined) throw new Error(`nothing runs in ${netns}`)
    return pid
  }

  /** What a program of an instance's container prints. */
  async function inContainer(spot: Spot, ...command: readonly string[]): Promise<string> {
    const pid = await pidOf(spot)
    const ran = await run(['nsenter', `--target=${pid}`, '--mount', '--net', '/bin/busybox', ...command])
    if (ran.code !== 0) throw new Error(`${command.join(' ')} in ${spot.name} ended with ${ran.code}: ${ran.stderr}`)
    return ran.stdout
  }

  async function connectedNodes() {
    const nodes = await root.json<readonly { readonly state: string }[]>('node', 'list')
    return nodes.filter(({ state }) => state === 'connected')
  }
})

/** Five digits in the names of everything of a node in the kernel. */
function tagOf({ nodeId }: Place): string {
  return createHash('sha256').update(nodeId).digest('hex').slice(0, 5)
}

/** Ends the daemon of a role as the kernel would. */
async function kill(oak: Oak, role: string): Promise<void> {
  const { stdout } = await oak.cli('status', '--json')
  const { daemons } = JSON.parse(stdout) as {
    readonly daemons: readonly { readonly roles: readonly string[]; readonly process: { readonly pid: number } }[]
  }
  const pid = daemons.find(({ roles }) => roles.includes(role))?.process.pid
  if (pid === undefined) throw new Error(`no ${role} runs there: ${stdout}`)
  process.kill(pid, 'SIGKILL')
}

function bothPlaces(both: readonly Spot[]): readonly Spot[] | undefined {
  return new Set(both.map(({ place }) => place.number)).size === 2 ? both : undefined
}

function countsOf(said: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const words of said) counts[words] = (counts[words] ?? 0) + 1
  return counts
}
