import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SeenService } from './support/api-user.ts'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { Oak, run } from './support/oak.ts'
import { missingRights } from './support/rights.ts'
import { missingGuest, TestGuest } from './support/test-guest.ts'

const ARCHIVE_PORT = 8099
const PREFIX_V6 = 'fd77::'
// A kernel under emulation on a machine that does other things as well.
const BOOT = { timeoutMs: 100_000, intervalMs: 100 }

/** The descriptor of the release's unikernel (v0.4.301), but for the address of its archive. */
const nginx = (code: string) => ({
  microserviceID: '',
  microservice_name: 'nginx',
  microservice_namespace: 'nginx',
  virtualization: 'unikernel',
  cmd: [''],
  memory: 400,
  vcpus: 1,
  vgpus: 0,
  vtpus: 0,
  code,
  arch: ['amd64'],
  state: '',
  port: '80:80',
  addresses: {},
  added_files: [],
  constraints: [],
})

interface SeenAddresses extends SeenService {
  readonly RR_ip_v6: string
}

describe.skipIf(missingRights() ?? missingGuest())('the unikernel of the release, on a node without KVM', () => {
  const owned = new Disposal()
  let lan: Lan
  let one: { readonly oak: Oak; readonly machine: LanMachine }
  let two: { readonly oak: Oak; readonly machine: LanMachine }
  let images: Images
  let guest: TestGuest

  beforeAll(async () => {
    ;[images, guest] = await Promise.all([Images.build(), TestGuest.build()])
    owned.use(images)
    owned.use(guest)
    lan = owned.use(await Lan.create())
    one = await place(1, { OAK_NODE_UNIKERNEL_ENABLED: 'on', OAK_ROOT_DASHBOARD_PORT: 'off' })
    two = await place(2, { OAK_API: 'http://192.168.77.1:10000' })
    owned.use(await serveFiles(one.machine, guest.dir))
  })
  afterAll(() => owned[Symbol.asyncDispose]())

  it('has no place where nobody allows emulation, and says what is missing', async () => {
    await one.oak.ok('up', '--detach')
    await one.oak.ok('app', 'create', '--file', await file('refused', nginx(codeUrl())), '--deploy')
    const seen = await until('the refusal is seen', async () => {
      const [found] = await instancesOf('refused')
      if (!found?.status_detail.includes('needs')) throw new Error(found?.status_detail ?? 'no instance')
      return found
    })
    expect(seen.status_detail).toMatch(/needs the virtualization unikernel, .*; node \S+: .*KVM.*set node\.unikernel\.allowTcg/)
    await one.oak.ok('app', 'delete', 'refused', '--yes')
    await one.oak.ok('down')
  })

  it('runs where somebody does, with the flag that upstream has for it, and says so in what it is', async () => {
    await one.oak.ok('up', '--detach', '-u=true', '--allow-tcg')
    const nodes = await until('the node says how it runs guests', async () => {
      const text = await one.oak.ok('node', 'list', '--json')
      return text.includes('accelerator=') && text
    })
    expect(nodes).toContain('accelerator=tcg')
    await one.oak.ok('app', 'create', '--file', await file('web', nginx(codeUrl())), '--deploy', '--wait')
    expect((await instancesOf('web')).map(({ status }) => status)).toEqual(['RUNNING'])
  })

  it('answers on port 80 of the node, over IPv4 and IPv6', async () => {
    for (const host of [one.machine.address, `[${PREFIX_V6}1]`]) {
      const page = await until(`${host} answers`, () => ask(two.machine, `http://${host}/`), BOOT)
      expect(page).toBe('hello from guest nginx-0\n')
    }
  })

  it('answers a container on another node at the address of its service, over IPv4 and IPv6', async () => {
    const token = (await one.oak.ok('node', 'join-token', 'default_cluster')).trim()
    await two.oak.ok('node', '--detach', '--node-name', 'two', '--join', token)
    const [web] = await services('web')
    const constraints = [{ type: 'direct', cluster: 'default_cluster', node: 'two' }]
    const clients = [web?.RR_ip, `[${web?.RR_ip_v6}]`].map((address, index) =>
      service(`client${index}`, {
        code: images.code('demo-client'),
        environment: [`TARGET=http://${address}`, 'PERIOD=1'],
        constraints,
      }),
    )
    await until('the other node is there', async () => (await one.oak.ok('node', 'list')).includes('two'))
    await one.oak.ok(
      'app',
      'create',
      '--file',
      await writeDescriptor(one.oak.dataDir, 'clients', descriptor('clients', clients)),
      '--deploy',
    )
    for (const name of ['client0', 'client1']) {
      await until(`${name} has its answer`, async () => (await one.oak.ok('service', 'logs', name)).includes('hello from guest'), BOOT)
    }
  })

  it('shows what its console says', async () => {
    expect(await one.oak.ok('service', 'logs', 'nginx')).toMatch(/guest: ready after/)
  })

  it('has a virtual machine out of an OCI image beside it, with a root file system on a disk', async () => {
    const vm = { ...nginx(`http://${one.machine.address}:${ARCHIVE_PORT}/${guest.vmName}`), virtualization: 'vm', port: '8080:80' }
    await one.oak.ok('app', 'create', '--file', await file('vm', { ...vm, microservice_name: 'vm', memory: 192 }), '--deploy', '--wait')
    const page = await until('it answers', () => ask(two.machine, `http://${one.machine.address}:8080/`), BOOT)
    expect(page).toBe('hello from guest vm-0\n')
    expect(await one.oak.ok('service', 'logs', 'vm')).toMatch(/guest: ready after \S+ s on ext4/)
    await one.oak.ok('app', 'delete', 'vm', '--yes')
  })

  it('runs on as the same process when the agent is killed, and is taken over', async () => {
    const before = await guestProcesses()
    expect(before).toHaveLength(1)
    process.kill(await agentPid(), 'SIGKILL')
    expect(await ask(two.machine, `http://${one.machine.address}/`)).toContain('hello')
    await one.oak.ok('up', '--detach', '--unikernel', '--allow-tcg')
    await until('it is seen running', async () => (await instancesOf('web'))[0]?.status === 'RUNNING')
    expect(await guestProcesses()).toEqual(before)
    expect((await instancesOf('web'))[0]?.restarts).toBe(0)
  })

  it('leaves neither process, nor files, nor namespace when it is removed', async () => {
    const guestIds = await guestFiles()
    expect(guestIds).toHaveLength(1)
    await one.oak.ok('app', 'delete', '--all', '--yes')
    await until('nothing is left of it', async () => {
      const namespaces = (await readdir('/run/netns')).filter((name) => guestIds.some((id) => name.endsWith(id)))
      const left = [...(await guestProcesses()), ...(await guestFiles()), ...namespaces]
      if (left.length > 0) throw new Error(left.join())
      return true
    })
  })

  const codeUrl = () => `http://${one.machine.address}:${ARCHIVE_PORT}/${guest.name}`

  async function place(number: number, env: Readonly<Record<string, string>>) {
    const machine = await lan.machine(number)
    await machine.run('ip', 'address', 'add', `${PREFIX_V6}${number}/64`, 'dev', 'eth0', 'nodad')
    const ports = {
      OAK_ROOT_API_PORT: 10_000,
      OAK_ROOT_SESSIONS_PORT: 50_052,
      OAK_CLUSTER_API_PORT: 10_100,
      OAK_CLUSTER_SESSIONS_PORT: 10_101,
    }
    const common = { OAK_PASSWORD: 'only-for-this-test', OAK_ROOT_ADMIN_PASSWORD: 'only-for-this-test', OAK_NODE_ADDRESS: machine.address }
    return { machine, oak: owned.use(await Oak.create({ netns: machine.netns, env: { ...common, ...env }, ports })) }
  }

  async function file(name: string, ...all: readonly object[]): Promise<string> {
    return writeDescriptor(one.oak.dataDir, name, descriptor(name, all))
  }

  function services(app: string): Promise<readonly SeenAddresses[]> {
    return one.oak.json('service', 'list', '--app', app)
  }

  async function instancesOf(app: string) {
    return (await services(app)).flatMap(({ instance_list: list }) => list)
  }

  async function agentPid(): Promise<number> {
    const { daemons } = await one.oak.json<{ readonly daemons: readonly { readonly process: { readonly pid: number } }[] }>('status')
    const [daemon] = daemons
    if (!daemon) throw new Error('nothing runs')
    return daemon.process.pid
  }

  const nodeDir = () => path.join(one.oak.dataDir, 'node/qemu/instances')

  function guestFiles(): Promise<readonly string[]> {
    return readdir(nodeDir()).catch(() => [])
  }

  async function guestProcesses(): Promise<readonly string[]> {
    const ids = await guestFiles()
    const records = await Promise.all(ids.map((id) => readFile(path.join(nodeDir(), id, 'instance.json'), 'utf8').catch(() => '{}')))
    const pids = records.map((text) => (JSON.parse(text) as { readonly process?: { readonly pid: number } }).process?.pid ?? 0)
    const { stdout } = await run(['ps', '-o', 'pid=,lstart=', '-p', pids.join(',') || '0'])
    return stdout.split('\n').filter(Boolean)
  }
})

/** What an address answers; `undefined` when nothing does. */
async function ask({ netns }: LanMachine, url: string): Promise<string | undefined> {
  const ran = await run(['nsenter', `--net=${netns}`, 'timeout', '5', 'busybox', 'wget', '-q', '-O', '-', url])
  return ran.code === 0 ? ran.stdout : undefined
}

/** A web server on a machine of the test. */
async function serveFiles({ netns }: LanMachine, dir: string): Promise<AsyncDisposable> {
  const child: ChildProcess = spawn('nsenter', [`--net=${netns}`, 'busybox', 'httpd', '-f', '-p', String(ARCHIVE_PORT), '-h', dir], {
    stdio: 'ignore',
  })
  return {
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
