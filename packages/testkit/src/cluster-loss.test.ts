import { until } from '@oakestra/base/testing'
import { nodeTag } from '@oakestra/node'
import { afterEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type System, startSystem } from './start-system.ts'

// Patience for tests: what takes minutes in earnest takes a second.
const GRACE_MS = { silent: 1_500, closed: 1_500, left: 1_500, unseen: 5_000 }
const LIVENESS = { root: { graceMs: GRACE_MS, refusedMs: 500 }, cluster: { graceMs: GRACE_MS } }

let system: System
let admin: ApiUser
afterEach(() => system[Symbol.asyncDispose]())

async function start(clusters: Readonly<Record<string, readonly string[]>>): Promise<void> {
  system = await startSystem({ clusters, liveness: LIVENESS })
  admin = await system.admin()
}

const web = (changes: object = {}) => ({ microservice_name: 'web', code: 'fake://run', memory: 100, vcpus: 1, ...changes })

/** One instance that runs. Gives its service. */
async function running(changes: object = {}): Promise<string> {
  const { web: id = '' } = await admin.createApplication('shop', [web(changes)])
  await admin.deploy(id)
  await admin.sees(id, 'RUNNING')
  return id
}

const count = (node: string) => system.node(node).machine.running().length
const runsOn = (...nodes: readonly string[]) =>
  until(`it runs on ${nodes.join()}`, () => system.nodes.every(({ name }) => count(name) === (nodes.includes(name) ? 1 : 0)))

/** The cluster that has the instance, and another, with the node of each. */
function places(): { readonly from: string; readonly to: string; readonly fromNode: string; readonly toNode: string } {
  const [from, to] = system.clusters.toSorted((a, b) => runsIn(b) - runsIn(a))
  return { from: from?.name ?? '', to: to?.name ?? '', fromNode: from?.nodes[0]?.name ?? '', toNode: to?.nodes[0]?.name ?? '' }
}
const runsIn = (cluster: System['clusters'][number]) => cluster.nodes.reduce((sum, { name }) => sum + count(name), 0)

describe('when a cluster is lost', () => {
  it('its instance runs elsewhere under its own addresses, and one copy is left when it returns', async () => {
    await start({ north: ['n1'], south: ['s1'] })
    const id = await running()
    const { from, to, fromNode, toNode } = places()
    const [before] = (await admin.service(id)).instance_list as readonly { instance_ip?: string }[]
    system.network.cut(system.cluster(from).id)
    await runsOn(fromNode, toNode)
    const moved = { instance_number: 0, cluster_name: to, term: 1, instance_ip: before?.instance_ip }
    expect((await admin.sees(id, 'RUNNING')).instance_list).toMatchObject([moved])
    system.network.restore(system.cluster(from).id)
    await runsOn(toNode)
    await until(
      'nothing is left of it',
      () => system.node(fromNode).kernel.state(nodeTag(system.node(fromNode).id)).namespaces.length === 0,
    )
    await system.connected()
    expect((await admin.sees(id, 'RUNNING')).instance_list).toMatchObject([{ cluster_name: to }])
    expect(system.node(toNode).machine.starts).toHaveLength(1)
  })

  it('nothing moves when it was only restarted, with root in the midst', async () => {
    await start({ north: ['n1'], south: ['s1'] })
    const id = await running()
    const { from, fromNode } = places()
    await system.cluster(from).unit.restart()
    await system.root.restart()
    await system.connected()
    await admin.sees(id, 'RUNNING')
    await system.root.running.idle()
    await runsOn(fromNode)
    expect(system.node(fromNode).machine.starts).toHaveLength(1)
  })

  it('what was removed meanwhile ends when it returns', async () => {
    await start({ north: ['n1'], south: ['s1'] })
    const id = await running({ disconnect: { policy: 'keep' } })
    const { from } = places()
    system.network.cut(system.cluster(from).id)
    await admin.undeploy(id)
    await until('root forgot it', async () => (await admin.service(id)).instance_list.length === 0)
    system.network.restore(system.cluster(from).id)
    await runsOn()
  })
})

describe('when a cluster has no node left', () => {
  it('another cluster runs what it had', async () => {
    await start({ north: ['n1'], south: ['s1'] })
    const id = await running()
    const { fromNode, to, toNode } = places()
    system.network.cut(system.node(fromNode).id)
    await until('it runs elsewhere', () => count(toNode) === 1)
    system.network.restore(system.node(fromNode).id)
    await runsOn(toNode)
    expect((await admin.sees(id, 'RUNNING')).instance_list).toMatchObject([{ cluster_name: to }])
  })
})

describe('an operator', () => {
  it('removes a cluster: it ends what it had, others start it, and it is sent away', async () => {
    await start({ north: ['n1'], south: ['s1'] })
    const id = await running()
    const { from, to, toNode } = places()
    const both = { most: 0 }
    for (const { machine } of system.nodes) machine.beforeAct = () => void (both.most = Math.max(both.most, count('n1') + count('s1')))
    await admin.ok('DELETE', `/api/clusters/${system.cluster(from).id}`)
    await runsOn(toNode)
    await until('it is gone', async () => (await admin.ok<readonly object[]>('GET', '/api/clusters')).length === 1)
    await until('it is sent away', () => !system.cluster(from).unit.running.connected)
    expect((await admin.sees(id, 'RUNNING')).instance_list).toMatchObject([{ cluster_name: to }])
    expect(both.most).toBe(1)
  })

  it('drains a node through root, and sees it empty', async () => {
    await start({ north: ['n1', 'n2'] })
    const id = await running()
    const full = count('n1') === 1 ? 'n1' : 'n2'
    const url = `/api/clusters/${system.cluster('north').id}/nodes/${system.node(full).id}`
    await admin.ok('PATCH', url, { draining: true })
    await runsOn(full === 'n1' ? 'n2' : 'n1')
    await admin.sees(id, 'RUNNING')
    const nodes = await admin.ok<readonly { name: string }[]>('GET', '/api/nodes')
    expect(nodes.find(({ name }) => name === full)).toMatchObject({ draining: true, presence: 'here' })
  })

  it('moves an instance to another cluster and to another node', async () => {
    await start({ north: ['n1', 'n2'], south: ['s1'] })
    const id = await running({ constraints: [{ type: 'clusters', allowed: ['north', 'south'] }] })
    const move = (body: object) => admin.ok('POST', `/api/service/${id}/instance/0/move`, body)
    await move(count('s1') === 1 ? { cluster_id: system.cluster('north').id } : { cluster_id: system.cluster('south').id })
    await until('it was moved', async () => (await admin.service(id)).instance_list.every((each) => (each as { term?: number }).term === 1))
    await admin.sees(id, 'RUNNING')
    if (count('s1') === 1) await move({ cluster_id: system.cluster('north').id })
    await until('it runs in the north', () => count('n1') + count('n2') === 1 && count('s1') === 0)
    await admin.sees(id, 'RUNNING')
    const target = count('n1') === 1 ? 'n2' : 'n1'
    await move({ node_id: system.node(target).id })
    await runsOn(target)
    await admin.sees(id, 'RUNNING')
  })
})
