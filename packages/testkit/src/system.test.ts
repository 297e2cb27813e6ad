import { until } from '@oakestra/base/testing'
import { nodeTag } from '@oakestra/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ApiUser } from './api-user.ts'
import { type NodeUnit, type System, startSystem } from './start-system.ts'

let system: System
let admin: ApiUser

beforeEach(async () => {
  system = await startSystem()
  admin = await system.admin()
})
afterEach(() => system[Symbol.asyncDispose]())

const web = (changes: object = {}) => ({ microservice_name: 'web', code: 'fake://run', memory: 100, vcpus: 1, ...changes })

async function deployed(...services: readonly object[]): Promise<Readonly<Record<string, string>>> {
  const ids = await admin.createApplication('shop', services)
  for (const id of Object.values(ids)) await admin.deploy(id)
  return ids
}

/** Everything that instances leave on a machine and in its agent's memory. */
async function tracesOn({ machine, kernel, id }: NodeUnit): Promise<object> {
  const { namespaces, routes } = kernel.state(nodeTag(id))
  const serviceAddresses = routes.map(({ to }) => to).filter((to) => to.startsWith('10.30.'))
  return { workloads: [...machine.workloads.keys()], logs: [...machine.logs.keys()], namespaces, serviceAddresses }
}

const CLEAN = { workloads: [], logs: [], namespaces: [], serviceAddresses: [] }

describe('the whole system', () => {
  it('runs a service on a node and says where', async () => {
    const { web: id = '' } = await deployed(web())
    const service = await admin.sees(id, 'RUNNING')
    expect(service.instance_list[0]).toMatchObject({ instance_number: 0, publicip: '127.0.0.1' })
    expect(service.RR_ip).toMatch(/^10\.30\.\d+\.\d+$/)
    expect(system.node('n1').machine.running()).toHaveLength(1)
  })

  it('removes an instance with every trace, and gives its number to nobody else', async () => {
    const { web: id = '' } = await deployed(web())
    await admin.sees(id, 'RUNNING')
    await admin.undeploy(id)
    await admin.sees(id)
    await until('the node is clean', async () => JSON.stringify(await tracesOn(system.node('n1'))) === JSON.stringify(CLEAN))
    await admin.deploy(id)
    expect((await admin.sees(id, 'RUNNING')).instance_list[0]?.instance_number).toBe(1)
  })

  it('removes an application with all that belongs to it', async () => {
    const { web: id = '' } = await deployed(web(), web({ microservice_name: 'client' }))
    await admin.sees(id, 'RUNNING')
    const [application] = await admin.ok<readonly { applicationID: string }[]>('GET', '/api/applications')
    await admin.ok('DELETE', `/api/application/${application?.applicationID}`)
    expect(await admin.ok('GET', '/api/applications')).toEqual([])
    await until('the node is clean', async () => JSON.stringify(await tracesOn(system.node('n1'))) === JSON.stringify(CLEAN))
    expect((await admin.call('GET', `/api/service/${id}`)).status).toBe(404)
  })

  it('completes a one-shot and never starts it again, also after a restart', async () => {
    const { web: id = '' } = await deployed(web({ code: 'fake://exit?code=0', one_shot: true }))
    await admin.sees(id, 'COMPLETED')
    await system.node('n1').unit.restart()
    await system.connected()
    await admin.sees(id, 'COMPLETED')
    expect(system.node('n1').machine.starts).toHaveLength(1)
  })

  it('fails a one-shot with its exit code', async () => {
    const { web: id = '' } = await deployed(web({ code: 'fake://exit?code=3', one_shot: true }))
    expect((await admin.sees(id, 'FAILED')).instance_list[0]?.status_detail).toContain('code 3')
  })

  it('starts a service again that ended, and says how often', async () => {
    const { web: id = '' } = await deployed(web())
    await admin.sees(id, 'RUNNING')
    const { machine } = system.node('n1')
    machine.exit(machine.running()[0] ?? '', 1)
    await until('it was started again', () => machine.starts.length === 2)
    expect((await admin.sees(id, 'RUNNING')).instance_list[0]?.status_detail).toContain('started again 1 time')
  })

  it('says why an image cannot be had, and runs it once it can', async () => {
    const { web: id = '' } = await deployed(web({ code: 'fake://missing' }))
    expect((await admin.sees(id, 'FAILED')).instance_list[0]?.status_detail).toContain('there is no image fake://missing')
    system.node('n1').machine.images.add('fake://missing')
    await admin.sees(id, 'RUNNING')
  })

  it('refuses what no node can hold, with the numbers, and goes on', async () => {
    const { web: id = '', small = '' } = await deployed(web({ memory: 9_000_000 }), web({ microservice_name: 'small' }))
    const refused = await admin.sees(id, 'NoActiveClusterWithCapacity')
    expect(refused.instance_list[0]?.status_detail).toContain('9000000')
    await admin.sees(small, 'RUNNING')
  })

  it('places what was refused when room becomes free', async () => {
    const { web: first = '' } = await deployed(web({ memory: 1500 }))
    await admin.sees(first, 'RUNNING')
    const { second = '' } = await admin.createApplication('other', [web({ microservice_name: 'second', memory: 1500 })])
    await admin.deploy(second)
    await until('the second is refused', async () => /Capacity|CAPACITY/.test((await admin.service(second)).instance_list[0]?.status ?? ''))
    await admin.undeploy(first)
    await admin.sees(second, 'RUNNING')
  })

  it.each(['root', 'cluster', 'node'] as const)('loses nothing and restarts nothing when the %s restarts', async (role) => {
    const { web: id = '' } = await deployed(web())
    await admin.sees(id, 'RUNNING')
    const unit = { root: system.root, cluster: system.cluster('c1').unit, node: system.node('n1').unit }[role]
    await unit.restart()
    await system.connected()
    await admin.sees(id, 'RUNNING')
    await admin.deploy(id)
    await admin.sees(id, 'RUNNING', 'RUNNING')
    expect(system.node('n1').machine.starts).toHaveLength(2)
  })

  it('leaves the kernel as it is when the node restarts, so that no connection notices', async () => {
    const { web: id = '' } = await deployed(web())
    await admin.sees(id, 'RUNNING')
    const { kernel, unit } = system.node('n1')
    await unit.running.idle()
    const steps: string[] = []
    kernel.beforeStep = (step) => void steps.push(step.do)
    await unit.restart()
    await system.connected()
    await unit.running.idle()
    // Connections that are no longer allowed are looked for at each start; there are none.
    expect(steps.filter((step) => step !== 'cut-flows')).toEqual([])
  })

  it.each(['cluster', 'node'] as const)('carries out what was decided while the %s was away', async (role) => {
    const { web: id = '', gone = '' } = await deployed(web(), web({ microservice_name: 'gone' }))
    await admin.sees(id, 'RUNNING')
    await admin.sees(gone, 'RUNNING')
    const unit = { cluster: system.cluster('c1').unit, node: system.node('n1').unit }[role]
    await unit.stop()
    await admin.undeploy(gone)
    await admin.deploy(id)
    await unit.start()
    await admin.sees(id, 'RUNNING', 'RUNNING')
    await admin.sees(gone)
    expect(system.node('n1').machine.running()).toHaveLength(2)
  })

  it('keeps what runs when the link to the parent is cut, and does not start it again when it returns', async () => {
    const { web: id = '' } = await deployed(web())
    await admin.sees(id, 'RUNNING')
    const { machine, id: nodeId } = system.node('n1')
    system.network.cut(nodeId)
    await until('the cluster notices', () => !system.cluster('c1').unit.running.connectedNodes().has(nodeId))
    machine.exit(machine.running()[0] ?? '', 1)
    await until('the node restarts it alone', () => machine.starts.length === 2)
    system.network.restore(nodeId)
    await system.connected()
    await admin.sees(id, 'RUNNING')
    expect(machine.starts).toHaveLength(2)
  })

  it('shows what an instance prints, and follows it', async () => {
    const { web: id = '' } = await deployed(web({ code: 'fake://run?print=hello' }))
    await admin.sees(id, 'RUNNING')
    const answer = await system.root.running.api.inject({
      method: 'GET',
      url: `/api/service/${id}/instance/0/logs`,
      headers: { authorization: `Bearer ${admin.token}` },
    })
    expect(answer.statusCode).toBe(200)
    expect(JSON.parse(answer.body.split('\n')[0] ?? '')).toMatchObject({ stream: 'stdout', line: 'hello' })
  })
})

describe('several clusters and nodes', () => {
  it('place where a constraint says, and say when they cannot', async () => {
    await using wide = await startSystem({ clusters: { north: ['n1', 'n2'], south: ['s1'] } })
    const user = await wide.admin()
    const direct = (cluster: string, node = '') => [{ type: 'direct', cluster, node }]
    const ids = await user.createApplication('shop', [
      web({ constraints: direct('south') }),
      web({ microservice_name: 'pinned', constraints: direct('north', 'n2') }),
      web({ microservice_name: 'lost', constraints: direct('west') }),
    ])
    for (const id of Object.values(ids)) await user.deploy(id)
    await user.sees(ids['web'] ?? '', 'RUNNING')
    await user.sees(ids['pinned'] ?? '', 'RUNNING')
    await user.sees(ids['lost'] ?? '', 'TargetClusterNotFound')
    expect(wide.nodes.map(({ name, machine }) => `${name}:${machine.running().length}`)).toEqual(['n1:0', 'n2:1', 's1:1'])
  })

  it('spread over subnets that do not overlap', async () => {
    await using wide = await startSystem({ clusters: { north: ['n1', 'n2'], south: ['s1'] } })
    const user = await wide.admin()
    const { web: id = '' } = await user.createApplication('shop', [web({ memory: 1500 })])
    for (let count = 0; count < 3; count += 1) await user.deploy(id)
    await user.sees(id, 'RUNNING', 'RUNNING', 'RUNNING')
    const subnets = wide.nodes.map(({ kernel, id: nodeId }) => JSON.stringify(kernel.state(nodeTag(nodeId)).addresses))
    expect(new Set(subnets).size).toBe(3)
  })
})
