import type { ClusterGateway } from '@oakestra/model'
import { gatewayItem } from '@oakestra/wire'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { nodes } from '../state.ts'
import { Scene } from '../testing/scene.ts'
import { nodeGatewayReports } from './node-gateway-reports.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1', 'n2'], facts: { n2: { labels: ['edge=yes'] } } })
})
afterEach(() => scene[Symbol.asyncDispose]())

const gateway = (changes: Partial<ClusterGateway> = {}): ClusterGateway => ({
  serviceId: 'web',
  name: 'shop.t.web.t',
  ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  nodes: [],
  labels: [],
  ...changes,
})

/** Names of the nodes that publish the service. */
async function publishers(): Promise<string> {
  const told = await Promise.all(['n1', 'n2'].map(async (name) => ((await scene.node(name).told())['gateway.web'] ? name : '')))
  return told.join('')
}
const until = (wanted: string) => scene.until(`${wanted} publish it`, async () => (await publishers()) === wanted)

it('every node is told of a gateway for which none was chosen', async () => {
  await scene.root.put(gatewayItem(gateway()))
  await until('n1n2')
  const { nodes: _nodes, labels: _labels, ...item } = gateway()
  expect((await scene.node('n1').told())['gateway.web']).toEqual(item)
})

it('nodes are chosen by name or label, anew when the choice or their labels change', async () => {
  await scene.root.put(gatewayItem(gateway({ nodes: ['n1'] })))
  await until('n1')
  await scene.root.put(gatewayItem(gateway({ labels: ['edge=yes'] })))
  await until('n2')
  await scene.store.write(async (writer) => {
    const node = await writer.get(nodes, scene.node('n1').id)
    if (node) await writer.put(nodes, { ...node, labels: ['edge=yes'] })
  })
  await until('n1n2')
  await scene.root.remove('gateway.web')
  await until('')
})

it('a cluster that starts again tells nobody anything else', async () => {
  await scene.root.put(gatewayItem(gateway({ nodes: ['n1'] })))
  await until('n1')
  await scene.stopCluster()
  await scene.startCluster()
  await scene.until('everybody is back', () => scene.cluster.connected && scene.isComplete)
  await scene.clock.advance(2_000)
  expect(await publishers()).toBe('n1')
})

it('root is told which nodes do not publish a service, and why, until they do', async () => {
  await scene.root.put(gatewayItem(gateway()))
  await until('n1n2')
  const said = () => scene.root.overlay.get('gateway.web')
  const [one, two] = [scene.node('n1'), scene.node('n2')]
  one.publishes('web')
  two.publishes('web', 'port 8080/tcp cannot be published: a program of this machine has it')
  await scene.until('root knows of one', () => said() !== undefined)
  const fault = { node: 'n2', reason: 'port 8080/tcp cannot be published: a program of this machine has it' }
  expect(said()).toEqual({ kind: 'gateway', serviceId: 'web', faults: [fault], total: 1 })
  one.publishes('web', 'it is tired')
  await scene.until('root knows of both', () => JSON.stringify(said()).includes('tired'))
  expect(said()).toMatchObject({ faults: [{ node: 'n1', reason: 'it is tired' }, fault], total: 2 })
  one.publishes('web', null)
  two.publishes('web')
  await scene.until('all is well', () => said() === undefined)
})

it('of many nodes that do not publish a service, root is told how many, and some names', async () => {
  await scene.store.write(async (writer) => {
    for (let number = 0; number < 40; number += 1)
      await writer.put(nodeGatewayReports, { nodeId: `gone${number}`, serviceId: 'web', fault: 'its port is taken' })
  })
  await scene.until('root knows', () => scene.root.overlay.has('gateway.web'))
  const said = scene.root.overlay.get('gateway.web') as { readonly faults: readonly unknown[]; readonly total: number }
  expect([said.faults.length, said.total]).toEqual([16, 40])
})
