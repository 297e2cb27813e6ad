import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InstanceView } from '../client/types.ts'
import { type CliHarness, startCli } from '../testing/cli-harness.ts'

const MUNICH = 'c'.repeat(24)
const NODE_1 = 'd'.repeat(24)
const NODE_2 = 'e'.repeat(24)

let cli: CliHarness

beforeEach(async () => {
  cli = await startCli()
  cli.root.clusters.push({ _id: MUNICH, cluster_name: 'munich', active: true, active_nodes: 2, presence: 'here', labels: ['zone=a'] })
  const node = { cluster_id: MUNICH, cluster_name: 'munich', state: 'connected', presence: 'here', draining: false } as const
  const facts = { vcpus: 4, memory_mib: 1024, labels: ['gpu=yes'] }
  cli.root.nodes.push({ ...node, id: NODE_1, name: 'n1', instances: 1, facts, labels: ['gpu=yes', 'tier=1'] })
  cli.root.nodes.push({ ...node, id: NODE_2, name: 'n2', presence: 'lost', cordoned: true })
})
afterEach(() => cli[Symbol.asyncDispose]())

function addWeb(...instances: InstanceView[]) {
  const web = {
    microserviceID: 'b'.repeat(24),
    microservice_name: 'web',
    microservice_namespace: 'test',
    applicationID: 'a'.repeat(24),
    application_name: 'shop',
    instance_list: instances,
  }
  cli.root.services.push(web)
  return web
}

const onNode1 = (extra: Partial<InstanceView> = {}): InstanceView => ({
  instance_number: 0,
  status: 'RUNNING',
  cluster_id: MUNICH,
  worker_id: NODE_1,
  worker_name: 'n1',
  ...extra,
})

describe('nodes', () => {
  it('are listed with presence, what operators decided, and labels', async () => {
    const { stdout } = await cli.run('node', 'list')
    expect(stdout).toMatch(/n1 +munich +active +1.*gpu=yes,tier=1/)
    expect(stdout).toMatch(/n2 +munich +lost, cordoned/)
  })

  it('that cannot run what they were started for are named, with the reason', async () => {
    const node = { cluster_id: MUNICH, cluster_name: 'munich', state: 'connected', presence: 'here' } as const
    const facts = { vcpus: 4, memory_mib: 1024, virtualization: ['container'], faults: { unikernel: 'QEMU is not installed' } }
    cli.root.nodes.push({ ...node, id: 'f'.repeat(24), name: 'n3', facts })
    const { stdout, stderr } = await cli.run('node', 'list')
    expect(stdout).toMatch(/n3 .*container/)
    expect(stderr).toContain('n3 cannot run unikernel now: QEMU is not installed')
  })

  it('are cordoned and uncordoned, which ends a drain', async () => {
    expect(await cli.run('node', 'cordon', 'n1')).toMatchObject({ code: 0, stderr: expect.stringContaining('oak node drain n1') })
    expect((await cli.run('node', 'uncordon', 'munich.n1')).code).toBe(0)
    expect(cli.root.bodies).toEqual([{ cordoned: true }, { cordoned: false, draining: false }])
    expect(cli.root.requests).toContain(`PATCH /api/clusters/${MUNICH}/nodes/${NODE_1}`)
  })

  it('keep what their configuration says when labels are set and taken away', async () => {
    const changed = await cli.run('node', 'label', 'n1', 'zone=b', 'tier-')
    expect(changed).toMatchObject({ code: 0, stdout: 'gpu=yes\nzone=b\n' })
    expect(cli.root.bodies).toEqual([{ labels: ['zone=b'] }])
    expect(await cli.run('node', 'label', 'n1', 'gpu-')).toMatchObject({ code: 2, stderr: expect.stringContaining('node.labels') })
    expect(JSON.parse((await cli.run('node', 'label', 'n2', '--json')).stdout)).toEqual([])
    expect(cli.root.bodies).toHaveLength(1)
  })

  it('are drained while it is said what is waited for', async () => {
    const web = addWeb(onNode1({ status_detail: 'runs' }), { instance_number: 1, status: 'COMPLETED', worker_id: NODE_1 })
    const draining = cli.run('node', 'drain', 'n1')
    await until('the second look', () => cli.root.requests.filter((request) => request === 'GET /api/services').length >= 2)
    web.instance_list = [onNode1({ worker_id: NODE_2 }), { instance_number: 1, status: 'COMPLETED', worker_id: NODE_1 }]
    const { code, stderr } = await draining
    expect(code).toBe(0)
    expect(stderr).toContain('Draining n1: 1 left: web 0 (runs)')
    expect(stderr).toContain('n1 is empty')
    expect(cli.root.bodies).toEqual([{ draining: true }])
  })

  it('say why each instance stays when a drain takes too long, and that others are there, too', async () => {
    const node = cli.root.nodes[0]
    if (node) cli.root.nodes[0] = { ...node, instances: 3 }
    addWeb(onNode1({ status_detail: 'no other node fits', candidates: [{ name: 'n2', reasons: ['is cordoned'] }] }))
    const { code, stderr } = await cli.run('node', 'drain', 'n1', '--timeout', '0')
    expect(code).toBe(6)
    expect(stderr).toContain('3 left: web 0 (no other node fits), 2 more')
    expect(stderr).toContain('n1 is not empty after 0 s:\n  web 0 (RUNNING): no other node fits\n    n2: is cordoned\n')
    expect(stderr).toContain('oak node uncordon n1')
  })

  it('are drained in the background when nobody wants to wait', async () => {
    addWeb(onNode1())
    expect(await cli.run('node', 'drain', 'n1', '--no-wait')).toMatchObject({ code: 0, stderr: expect.stringContaining('being emptied') })
  })

  it('are removed only after a yes, and followed until they are gone', async () => {
    const asked = await cli.run('node', 'remove', 'n1')
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('removes the node n1 from munich and moves its 1 instance(s)') })
    expect(cli.root.nodes).toHaveLength(2)
    const { code, stderr } = await cli.run('node', 'remove', 'n1', '--yes', '--wait')
    expect(code).toBe(0)
    expect(stderr).toMatch(/ok {2}Removing n1: gone[\s\S]*Removed n1\.\n/)
    expect(cli.root.nodes.map(({ name }) => name)).toEqual(['n2'])
  })

  it('cannot be changed while their cluster is away, which is no reason to start anything', async () => {
    cli.root.refusal = { status: 503, message: 'the cluster munich is away' }
    const { code, stderr } = await cli.run('node', 'cordon', 'n1')
    expect(code).toBe(4)
    expect(stderr).toBe('error: cannot change the node: the cluster munich is away\nnext:  wait a moment and try again\n')
  })

  it('are completed by name', async () => {
    expect((await cli.run('__complete', '--', 'node', 'drain', '')).stdout).toBe('n1\nn2\n')
    expect((await cli.run('__complete', '--', 'service', 'move', 'web', '--node', '')).stdout).toBe('n1\nn2\n')
  })
})

describe('clusters', () => {
  it('are cordoned, labelled and removed', async () => {
    expect((await cli.run('cluster', 'cordon', 'munich')).code).toBe(0)
    expect((await cli.run('cluster', 'list')).stdout).toMatch(/munich +active, cordoned.*zone=a/)
    expect((await cli.run('cluster', 'uncordon', 'munich')).code).toBe(0)
    expect((await cli.run('cluster', 'label', 'munich', 'zone=b', 'tier=1')).stdout).toBe('tier=1\nzone=b\n')
    expect(cli.root.bodies).toEqual([{ cordoned: true }, { cordoned: false }, { labels: ['tier=1', 'zone=b'] }])
    cli.answer = 'y'
    expect(await cli.run('cluster', 'remove', 'munich', '--wait')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Removed munich.'),
    })
    expect(cli.root.clusters).toEqual([])
  })
})

describe('instances', () => {
  it('are moved to a node, a cluster, or wherever is best', async () => {
    addWeb(onNode1())
    expect(await cli.run('service', 'move', 'web', '0', '--node', 'n2')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('web 0 moves to n2'),
    })
    await cli.run('service', 'move', 'web', '--cluster', 'munich')
    await cli.run('service', 'move', 'web')
    expect(cli.root.bodies).toEqual([{ node_id: NODE_2 }, { cluster_id: MUNICH }, {}])
    expect((await cli.run('service', 'move', 'web', '--cluster', 'munich', '--node', 'n1')).code).toBe(2)
  })

  it('are followed to their new place', async () => {
    const web = addWeb(onNode1())
    const moving = cli.run('service', 'move', 'web', '--wait')
    await until('the second look', () => cli.root.requests.filter((request) => request.endsWith('/instance/0')).length >= 2)
    web.instance_list = [onNode1({ worker_id: NODE_2, worker_name: 'n2' })]
    expect(await moving).toMatchObject({ code: 0, stderr: expect.stringContaining('ok  Moving web 0: RUNNING on n2') })
  })

  it('are started again one after the other, each when the one before is ready', async () => {
    const web = addWeb(onNode1(), onNode1({ instance_number: 1 }), { instance_number: 2, status: 'COMPLETED' })
    const restarts = () => cli.root.requests.filter((request) => request.endsWith('/restart'))
    const calls = (number: number) => `POST /api/service/${web.microserviceID}/instance/${number}/restart`
    cli.root.afterRestart = (instance) => ({ ...instance, ready: false })
    const restarting = cli.run('service', 'restart', 'web', '--reason', 'new certificate')
    await until('a look at the first', () => cli.root.requests.filter((request) => request.endsWith('/instance/0')).length >= 2)
    expect(restarts()).toEqual([calls(0)])
    web.instance_list = web.instance_list.map((instance) => ({ ...instance, ready: true }))
    expect(await restarting).toMatchObject({ code: 0, stderr: expect.stringContaining('ok  Restarting web 0: RUNNING on n1') })
    expect(restarts()).toEqual([calls(0), calls(1)])
    expect(cli.root.bodies).toEqual([{ reason: 'new certificate' }, { reason: 'new certificate' }])
  })

  it('are started again alone, and without a word why, when that is asked', async () => {
    addWeb(onNode1(), onNode1({ instance_number: 1 }))
    expect(await cli.run('service', 'restart', 'web', '1', '--wait')).toMatchObject({ code: 0 })
    expect(cli.root.bodies).toEqual([{}])
    cli.root.refusal = { status: 409, message: 'a one-shot runs once' }
    expect(await cli.run('service', 'restart', 'web', '0')).toMatchObject({ code: 4, stderr: expect.stringContaining('runs once') })
  })

  it('that do not run say why, those with the same reasons together', async () => {
    const candidates = ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => ({ name, reasons: ['needs 2 vcpus, 1 free'] }))
    const refused = {
      status: 'NO_WORKER_CAPACITY',
      status_detail: 'no node fits',
      candidates: [...candidates, { name: 'n6', reasons: ['is lost'] }],
    }
    addWeb(
      onNode1({ ready: true, health: 'healthy', revision: 2, restarts: 0 }),
      { instance_number: 1, ...refused },
      { instance_number: 2, ...refused },
      onNode1({ instance_number: 3, ready: false, health: 'unhealthy', status_detail: 'answered 500' }),
    )
    const { stdout } = await cli.run('service', 'inspect', 'web')
    expect(stdout).toMatch(/instances +1 of 4 ready/)
    expect(stdout).toMatch(/0 +RUNNING +yes +2 +0 +n1/)
    expect(stdout).toMatch(/3 +RUNNING +unhealthy/)
    expect(stdout).toContain(
      'Why some do not run\n#1, #2 NO_WORKER_CAPACITY: no node fits\n  n1, n2, n3 and 2 more: needs 2 vcpus, 1 free\n  n6: is lost\n#3 RUNNING: answered 500\n',
    )
  })

  it('tell of health, revision and moves when one is inspected', async () => {
    const web = addWeb(onNode1({ revision: 2, term: 1, health: 'starting', ready: false, leaving: 'munich is removed' }))
    Object.assign(web, { revision: 3 })
    const { stdout } = await cli.run('service', 'inspect', 'web', '0')
    expect(stdout).toMatch(/health +starting\nready +starting\nrevision +2, the newest is 3\nterm +1\nmoving +munich is removed\n/)
  })
})

describe('the number of instances', () => {
  it('is what the descriptor says, and then nothing is deployed beside it', async () => {
    const path = join(cli.folder, 'app.json')
    const services = [{ microservice_name: 'web', replicas: 2 }]
    writeFileSync(
      path,
      JSON.stringify({ applications: [{ application_name: 'shop', application_namespace: 'test', microservices: services }] }),
    )
    const { code, stderr } = await cli.run('app', 'create', path, '--wait')
    expect(code).toBe(0)
    expect(stderr).toContain('ok  Waiting for web: 2 RUNNING')
    expect(cli.root.requests.filter((request) => request.startsWith('POST /api/service/'))).toEqual([])
    expect((await cli.run('app', 'create', path)).stderr).toContain('See how far its services are with')
  })

  it('is declared, and waited for', async () => {
    addWeb(onNode1())
    const { code, stderr } = await cli.run('service', 'scale', 'web', '3', '--wait')
    expect(code).toBe(0)
    expect(stderr).toContain('There shall be 3 instance(s) of web, now there are 1.')
    expect(stderr).toContain('ok  Waiting for web: 3 RUNNING')
    expect((await cli.run('service', 'inspect', 'web')).stdout).toMatch(/instances +3 of 3 ready, 3 wanted/)
  })

  it('is brought to nothing only after a yes, and given up with none', async () => {
    addWeb(onNode1())
    expect((await cli.run('service', 'scale', 'web', '0')).code).toBe(2)
    expect((await cli.run('service', 'scale', 'web', 'none')).code).toBe(0)
    expect((await cli.run('service', 'scale', 'web', '0', '--yes', '--wait')).code).toBe(0)
    expect(cli.root.bodies).toEqual([{ replicas: null }, { replicas: 0 }])
  })

  it('is no word, and no direction that does not exist', async () => {
    expect(await cli.run('service', 'scale', 'web', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no number of instances'),
    })
    expect(await cli.run('service', 'scale', 'sideways', 'web', '3')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no direction'),
    })
    expect((await cli.run('service', 'scale', 'web')).code).toBe(2)
  })
})
