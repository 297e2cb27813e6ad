import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SeenService } from './support/api-user.ts'
import { descriptor, service, writeDescriptor } from './support/descriptor.ts'
import { Images } from './support/images.ts'
import { Lan, type LanMachine } from './support/lan.ts'
import { MachineView } from './support/machine-view.ts'
import { Oak } from './support/oak.ts'
import { cutPower } from './support/power-cut.ts'
import { missingRights } from './support/rights.ts'
import { SmallDisk } from './support/small-disk.ts'

const ENV = {
  OAK_API: 'http://192.168.77.1:10000',
  OAK_PASSWORD: 'only-for-this-test',
  OAK_ROOT_ADMIN_PASSWORD: 'only-for-this-test',
}
const USUAL_PORTS = {
  OAK_ROOT_API_PORT: 10_000,
  OAK_ROOT_SESSIONS_PORT: 50_052,
  OAK_CLUSTER_API_PORT: 10_100,
  OAK_CLUSTER_SESSIONS_PORT: 10_101,
}
const NODES = [20, 21]
const INSTANCES = 3
const PATIENT = { timeoutMs: 90_000, intervalMs: 100 }
const DISK_MB = 24

interface Place {
  readonly machine: LanMachine
  readonly oak: Oak
}

interface NodePlace extends Place {
  readonly number: number
  readonly view: MachineView
}

describe.skipIf(missingRights())('a site of a cluster and two nodes, and root elsewhere', () => {
  const owned = new Disposal()
  const nodes: NodePlace[] = []
  const disks = new Map<string, SmallDisk>()
  let lan: Lan
  let root: Place
  let cluster: Place
  let images: Images

  /** An installation whose data is on a disk of its own, which can be full. */
  async function onSmallDisk(name: string, machine: LanMachine): Promise<Place> {
    const disk = owned.use(await SmallDisk.create(DISK_MB))
    disks.set(name, disk)
    const env = { ...ENV, OAK_DATA_DIR: path.join(disk.dir, 'data') }
    return { machine, oak: owned.use(await Oak.create({ netns: machine.netns, env, ports: USUAL_PORTS })) }
  }

  async function addNode(number: number): Promise<void> {
    const machine = await lan.machine(number)
    const oak = owned.use(await Oak.create({ netns: machine.netns, env: ENV, ports: USUAL_PORTS }))
    await oak.ok('node', '--detach', '--node-name', `n${number}`, '--join', (await root.oak.ok('node', 'join-token', 'site')).trim())
    const seen = await root.oak.json<readonly { readonly id: string; readonly name: string }[]>('node', 'list')
    const id = seen.find(({ name }) => name === `n${number}`)?.id ?? ''
    nodes.push({ number, machine, oak, view: new MachineView(oak, id) })
  }

  beforeAll(async () => {
    images = owned.use(await Images.build())
    lan = owned.use(await Lan.create())
    root = await onSmallDisk('root', await lan.machine(1))
    cluster = await onSmallDisk('cluster', await lan.machine(10))
    await root.oak.ok('root', '--detach')
    const token = (await root.oak.ok('cluster', 'join-token', 'site')).trim()
    await cluster.oak.ok('cluster', '--detach', '--cluster-name', 'site', '--join', token)
    for (const number of NODES) await addNode(number)
    await root.oak.ok('app', 'create', '--file', await fileOf('shop', 'stays', INSTANCES), '--deploy', '--wait')
    await until('every instance runs', async () => (await copies()).length === INSTANCES, PATIENT)
  }, 240_000)
  afterAll(() => owned[Symbol.asyncDispose](), 120_000)

  it('goes on with full disks, refuses what it cannot write down, and does what was asked for once there is room', async () => {
    const before = await copies()
    await disks.get('root')?.fill()
    const refused = await root.oak.cli('app', 'create', '--file', await fileOf('late', 'late', 1), '--deploy')
    expect([refused.code === 0, refused.stderr]).toEqual([false, expect.stringContaining('the disk is full')])
    await disks.get('root')?.makeRoom()
    await disks.get('cluster')?.fill()
    await root.oak.ok('app', 'create', '--file', await fileOf('late', 'late', 1), '--deploy')
    expect(await copies()).toEqual(before)
    await disks.get('cluster')?.makeRoom()
    await until('what was asked for runs', async () => (await copies()).length === INSTANCES + 1, PATIENT)
    expect(await copies()).toEqual(expect.arrayContaining([...before]))
    await root.oak.ok('app', 'delete', 'late', '--yes')
    await until('it is gone', async () => (await copies()).length === INSTANCES, PATIENT)
  }, 240_000)

  it('starts everything again after a power cycle while root is out of reach, and is not touched when it is back', async () => {
    const before = await copies()
    await lan.cut(1)
    for (const { oak, machine, view } of nodes) await cutPower(oak, machine, view)
    await cutPower(cluster.oak, cluster.machine)
    for (const { oak } of nodes) await oak.ok('node', '--detach')
    await cluster.oak.ok('cluster', '--detach')
    await until('everything runs again', async () => (await copies()).length === INSTANCES, PATIENT)
    const after = await copies()
    expect(after.map(({ id, node }) => ({ id, node }))).toEqual(before.map(({ id, node }) => ({ id, node })))
    expect(after.some(({ pid }) => before.some((old) => old.pid === pid))).toBe(false)
    await lan.mend(1)
    await until('root sees it', async () => (await seen()).every(({ status }) => status === 'RUNNING'), PATIENT)
    expect((await seen()).map(({ status_detail: detail }) => detail)).toEqual(Array(INSTANCES).fill(''))
    expect(await copies()).toEqual(after)
  }, 240_000)

  async function fileOf(app: string, name: string, replicas: number): Promise<string> {
    const stays = service(name, { code: images.code('demo-client'), environment: ['TARGET=http://127.0.0.1', 'PERIOD=3600'] })
    return writeDescriptor(root.oak.dataDir, app, descriptor(app, [{ ...stays, replicas }]))
  }

  async function copies() {
    const all = await Promise.all(
      nodes.map(async ({ number, view }) =>
        (await view.tasks()).flatMap(({ id, pid, status }) => (status === 'RUNNING' ? [{ id, pid, node: number }] : [])),
      ),
    )
    return all.flat()
  }

  async function seen() {
    return (await root.oak.json<readonly SeenService[]>('service', 'list')).flatMap(({ instance_list: list }) => list)
  }
})
