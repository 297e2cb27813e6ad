import type { MetricFamily } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { type System, startSystem } from './start-system.ts'

interface Measured {
  metrics(): Promise<readonly MetricFamily[]>
}

/** A number by its name and labels. */
async function number(of: Measured, name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const samples = (await of.metrics()).filter((family) => family.name === name).flatMap((family) => family.samples)
  return samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value
}

async function withService(system: System, replicas: number): Promise<void> {
  const admin = await system.admin()
  const service = { microservice_name: 'web', code: 'fake://run', memory: 100, vcpus: 1, replicas }
  const { web: id = '' } = await admin.createApplication('shop', [service])
  await admin.sees(id, ...Array.from({ length: replicas }, () => 'RUNNING'))
}

describe('the numbers of a system', () => {
  it('say what runs and what is missing, service by service', async () => {
    await using system = await startSystem()
    await withService(system, 2)
    const root = system.root.running
    const web = { application: 'shop', service: 'web' }
    await until('all run', async () => (await number(root, 'oak_service_instances_running', web)) === 2)
    expect(await number(root, 'oak_service_instances_missing', web)).toBe(0)
    expect(await number(root, 'oak_instances', { status: 'RUNNING' })).toBe(2)
    system.node('n1').machine.exit(system.node('n1').machine.running()[0] ?? '', 1)
    await until('a restart is counted', async () => (await number(root, 'oak_service_restarts_total', web)) === 1)
  })

  it('say at the cluster and at root who is away', async () => {
    await using system = await startSystem({ clusters: { c1: ['n1', 'n2'], c2: ['n3'] } })
    const [c1] = system.clusters
    if (!c1) throw new Error('there is no cluster')
    const up = (node: string) => number(c1.unit.running, 'oak_node_up', { cluster: 'c1', node })
    expect([await up('n1'), await up('n2')]).toEqual([1, 1])
    expect(await number(system.node('n1').unit.running, 'oak_session_connected')).toBe(1)
    await system.node('n2').unit.stop()
    await until('the cluster misses its node', async () => (await up('n2')) === 0)
    const atRoot = (name: string, labels: Readonly<Record<string, string>>) =>
      number(system.root.running, name, { cluster: 'c1', ...labels })
    await until('so does root', async () => (await atRoot('oak_node_up', { node: 'n2' })) === 0)
    expect(await atRoot('oak_node_up', { node: 'n1' })).toBeUndefined()
    expect(await atRoot('oak_cluster_nodes', { state: 'here' })).toBe(1)
    expect(await atRoot('oak_cluster_nodes', { state: 'away' })).toBe(1)
    await system.node('n2').unit.start()
    await until('root has heard that it is back', async () => (await atRoot('oak_node_up', { node: 'n2' })) === undefined)
    await system.node('n2').unit.stop()
    await system.clusters[1]?.unit.stop()
    await until('root misses its cluster', async () => (await number(system.root.running, 'oak_cluster_up', { cluster: 'c2' })) === 0)
    expect(await number(system.root.running, 'oak_cluster_up', { cluster: 'c1' })).toBe(1)
  })

  it('say nothing new of nodes when their cluster starts again, before it has heard of each', async () => {
    await using system = await startSystem({ clusters: { c1: ['n1', 'n2', 'n3'] } })
    const up = (node: string) => number(system.root.running, 'oak_node_up', { cluster: 'c1', node })
    const here = () => number(system.root.running, 'oak_cluster_nodes', { cluster: 'c1', state: 'here' })
    await system.node('n3').unit.stop()
    await until('root misses a node', async () => (await up('n3')) === 0)
    await system.node('n2').unit.stop()
    await until('root misses another', async () => (await up('n2')) === 0)
    await system.cluster('c1').unit.restart()
    await system.node('n2').unit.start()
    const isConnected = () =>
      system.root.running.connectedClusters().size === 1 && system.cluster('c1').unit.running.connectedNodes().size === 2
    await until('those that live are back', isConnected)
    expect([await up('n1'), await up('n2'), await up('n3'), await here()]).toEqual([undefined, 0, 0, 1])
    expect(await number(system.cluster('c1').unit.running, 'oak_node_up', { node: 'n3' })).toBeNaN()
    await system.node('n3').unit.start()
    await until('it has heard of each', async () => (await here()) === 3)
    expect([await up('n2'), await up('n3')]).toEqual([undefined, undefined])
  })

  it('say how controllers fare', async () => {
    await using system = await startSystem()
    await withService(system, 1)
    expect(await number(system.root.running, 'oak_controller_runs_total', { role: 'root', controller: 'services' })).toBeGreaterThan(0)
    const [c1] = system.clusters
    expect(c1 && (await number(c1.unit.running, 'oak_controller_failing_keys', { role: 'cluster' }))).toBe(0)
  })
})
