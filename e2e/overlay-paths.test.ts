import { createHash } from 'node:crypto'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'
import { ask, TalkServer } from './support/talk.ts'

const PASSWORD = 'only-for-this-test'
const ENV = { OAK_API: 'http://192.168.77.1:10000', OAK_PASSWORD: PASSWORD, OAK_ROOT_ADMIN_PASSWORD: PASSWORD }
const PORTS = { OAK_ROOT_API_PORT: 10_000, OAK_ROOT_SESSIONS_PORT: 50_052, OAK_CLUSTER_API_PORT: 10_100, OAK_CLUSTER_SESSIONS_PORT: 10_101 }
const PATIENT = { timeoutMs: 60_000, intervalMs: 100 }
const NUMBERS = [10, 11, 12] as const
const TUNNEL_PORT = 50_103

interface Site {
  readonly oak: Oak
  readonly machine: LanMachine
  readonly netns: string
  readonly v4: string
}

interface Seen {
  readonly microservice_name: string
  readonly instance_list: readonly { readonly _id: string; readonly instance_ip: string }[]
}

describe.skipIf(missingRights())('three nodes of one cluster, one of them behind an address translator', () => {
  const owned = new Disposal()
  const sites = new Map<number, Site>()
  let lan: Lan

  beforeAll(async () => {
    const images = owned.use(await Images.build())
    lan = owned.use(await Lan.create())
    const install = async (machine: LanMachine) => owned.use(await Oak.create({ netns: machine.netns, env: ENV, ports: PORTS }))
    const control = await install(await lan.machine(1))
    await control.ok('root', '--detach')
    const token = async (kind: string) => (await control.ok(kind, 'join-token', 'site')).trim()
    await control.ok('cluster', '--detach', '--cluster-name', 'site', '--join', await token('cluster'))
    const joined: { number: number; oak: Oak; machine: LanMachine }[] = []
    for (const number of NUMBERS) {
      const machine = number === 12 ? await lan.hiddenMachine(number) : await lan.machine(number)
      const oak = await install(machine)
      await oak.ok('node', '--detach', '--node-name', `n${number}`, '--join', await token('node'))
      joined.push({ number, oak, machine })
    }
    const services = NUMBERS.map((number) =>
      service(`s${number}`, {
        code: images.code('demo-web'),
        constraints: [{ type: 'direct', cluster: 'site', node: `n${number}` }],
      }),
    )
    const file = await writeDescriptor(control.dataDir, 'paths', descriptor('paths', services))
    await control.ok('app', 'create', '--file', file, '--deploy', '--wait')
    const nodes = await control.json<readonly { readonly id: string; readonly name: string }[]>('node', 'list')
    const seen = await control.json<readonly Seen[]>('service', 'list', '--app', 'paths')
    for (const { number, oak, machine } of joined) {
      const id = nodes.find(({ name }) => name === `n${number}`)?.id ?? ''
      const instance = seen.find(({ microservice_name: name }) => name === `s${number}`)?.instance_list[0]
      if (!instance) throw new Error(`nothing runs on ${number}`)
      const tag = createHash('sha256').update(id).digest('hex').slice(0, 5)
      const netns = `/run/netns/oak-${tag}-${instance._id}`
      sites.set(number, { oak, machine, netns, v4: instance.instance_ip })
      owned.use(await TalkServer.start(netns, `s${number}`))
    }
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  const site = (number: number): Site => {
    const found = sites.get(number)
    if (!found) throw new Error(`there is no machine ${number}`)
    return found
  }
  const answer = async (from: number, to: number) => (await ask(site(from).netns, [['tcp', site(to).v4]]))[0]
  const reaches = (from: number, to: number) =>
    until(`${from} reaches ${to}`, async () => (await answer(from, to)) === `s${to} hears ${site(from).v4}`, PATIENT)
  const view = (number: number) => site(number).oak.ok('debug', 'net')

  it('every node reaches every other, also the one that only speaks from behind the translator', async () => {
    for (const from of NUMBERS) for (const to of NUMBERS) if (from !== to) await reaches(from, to)
  })

  it('a node is found again where it roams to, without a restart of anything', async () => {
    const { machine } = site(11)
    await machine.run('ip', 'address', 'del', '192.168.77.11/24', 'dev', 'eth0')
    await machine.run('ip', 'address', 'add', '192.168.77.211/24', 'dev', 'eth0')
    await machine.run('ip', 'route', 'replace', 'default', 'via', '192.168.77.254')
    const movedMs = performance.now()
    await reaches(10, 11)
    console.info(`a node that roamed was reached again after ${Math.round(performance.now() - movedMs)} ms`)
    await reaches(11, 10)
    await reaches(12, 11)
    await reaches(11, 12)
    expect(await view(10)).toContain('192.168.77.211')
  })

  it('two nodes that cannot reach each other speak through a third', async () => {
    await lan.part('192.168.77.10', '192.168.77.211', TUNNEL_PORT)
    const partedMs = performance.now()
    const isRelayed = async (number: number) => (await view(number)).includes('it is reached through node')
    for (const number of [10, 11]) await until(`${number} knows another way`, () => isRelayed(number), PATIENT)
    await reaches(10, 11)
    await reaches(11, 10)
    console.info(`two nodes spoke through a third ${Math.round(performance.now() - partedMs)} ms after their link was cut`)
  })
})
