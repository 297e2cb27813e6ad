import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { Oak } from './support/oak.ts'
import { missingRights } from './support/rights.ts'

const PASSWORD = 'only-for-this-test'
const ENV = { OAK_API: 'http://192.168.77.1:10000', OAK_PASSWORD: PASSWORD, OAK_ROOT_ADMIN_PASSWORD: PASSWORD }
const PORTS = { OAK_ROOT_API_PORT: 10_000, OAK_ROOT_SESSIONS_PORT: 50_052, OAK_CLUSTER_API_PORT: 10_100, OAK_CLUSTER_SESSIONS_PORT: 10_101 }
// Everything is there within some seconds on a quiet machine.
const PATIENT = { timeoutMs: 60_000, intervalMs: 200 }

describe.skipIf(missingRights())('a service that runs on one node and is published at another', () => {
  const owned = new Disposal()
  let client: LanMachine
  let root: Oak
  let server: Oak
  let gateway: Oak
  let gatewayMachine: LanMachine
  let images: Images

  beforeAll(async () => {
    images = owned.use(await Images.build())
    const lan = owned.use(await Lan.create())
    const install = async (machine: LanMachine) => owned.use(await Oak.create({ netns: machine.netns, env: ENV, ports: PORTS }))
    client = await lan.machine(9)
    root = await install(await lan.machine(1))
    await root.ok('root', '--detach')
    const token = async (kind: string) => (await root.ok(kind, 'join-token', 'munich')).trim()
    server = await install(await lan.machine(10))
    await server.ok('cluster', '--detach', '--cluster-name', 'munich', '--join', await token('cluster'))
    await server.ok('node', '--detach', '--node-name', 'n10', '--join', await token('node'))
    gatewayMachine = await lan.machine(11)
    gateway = await install(gatewayMachine)
    await gateway.ok('node', '--detach', '--node-name', 'n11', '--join', await token('node'))
    const web = service('web', { code: images.code('demo-web'), constraints: [{ type: 'direct', cluster: 'munich', node: 'n10' }] })
    const file = await writeDescriptor(root.dataDir, 'shop', descriptor('shop', [web]))
    await root.ok('app', 'create', '--file', file, '--deploy', '--wait')
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  /** What a client that knows nothing of the overlay is answered; empty when nobody does. */
  const ask = async (url: string, host = 'nobody.example') => {
    try {
      return await client.run('curl', '-s', '-m', '2', '-H', `Host: ${host}`, url)
    } catch {
      return ''
    }
  }

  it('is reached there by port, and not any more when it is taken back', async () => {
    await root.ok('service', 'publish', 'shop.web', '--port', '8080:80', '--nodes', 'n11')
    await until('it is reached', async () => (await ask('http://192.168.77.11:8080/')).startsWith('Hello from'), PATIENT)
    expect(await ask('http://192.168.77.10:8080/')).toBe('')
    expect(await gateway.ok('debug', 'net')).toContain('Service shop.e2e.web.e2e is to be published at 8080:80/tcp, and is.')
    await root.ok('service', 'unpublish', 'shop.web')
    await until('it is not reached', async () => (await ask('http://192.168.77.11:8080/')) === '', PATIENT)
  })

  it('says that it is not reached there, and why, where a program has its port', async () => {
    const program = spawn('nsenter', [`--net=${gatewayMachine.netns}`, 'busybox', 'nc', '-l', '-p', '8082'], { stdio: 'ignore' })
    try {
      await until('the program listens', async () => (await gatewayMachine.run('ss', '-Hltn')).includes(':8082'), PATIENT)
      await root.ok('service', 'publish', 'shop.web', '--port', '8082:80', '--nodes', 'n11')
      const said = await until(
        'it is said',
        async () => /not published.*/.exec(await root.ok('service', 'inspect', 'shop.web'))?.[0],
        PATIENT,
      )
      expect(said).toMatch(/n11 of munich: port 8082\/tcp .*a program of this machine/)
    } finally {
      const ended = once(program, 'exit')
      program.kill('SIGKILL')
      await ended
      await root.ok('service', 'unpublish', 'shop.web')
    }
  })

  it('is reached by host name, and a port that another service has is refused', async () => {
    await root.ok('service', 'publish', 'shop.web', '--port', '8081:80', '--nodes', 'n11', '--host', 'shop.example')
    const url = 'http://192.168.77.11:8081/'
    await until('it is reached', async () => (await ask(url, 'shop.example')).startsWith('Hello from'), PATIENT)
    expect(await ask(url, 'other.example')).toContain('no service is published under this host name')
    const other = service('web', { code: images.code('demo-web'), gateway: { ports: '8081:80' } })
    const file = await writeDescriptor(root.dataDir, 'other', descriptor('other', [other]))
    const refused = await root.cli('app', 'create', '--file', file)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('port 8081/tcp cannot be published for other.e2e.web.e2e: shop.e2e.web.e2e has it')
  })

  it('is reached there too while its application is isolated', async () => {
    await root.ok('app', 'isolate', 'shop')
    const [seen] = await root.json<readonly { readonly instance_list: readonly { readonly instance_ip: string }[] }[]>('service', 'list')
    const address = seen?.instance_list[0]?.instance_ip ?? ''
    await until('it is isolated', async () => (await server.ok('debug', 'net', address)).includes('is isolated'), PATIENT)
    await root.ok('service', 'publish', 'shop.web', '--port', '8082:80', '--nodes', 'n11')
    await until('it is reached', async () => (await ask('http://192.168.77.11:8082/')).startsWith('Hello from'), PATIENT)
  })
})
