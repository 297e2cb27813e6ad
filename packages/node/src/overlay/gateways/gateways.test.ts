import { afterEach, beforeEach, expect, it } from 'vitest'
import { nodeId, peerItem, serviceTable, tableInstance } from '../../testing/overlay-samples.ts'
import { TestNode } from '../../testing/test-node.ts'

const WEB = 'e'.repeat(24)
const table = () =>
  serviceTable([tableInstance(1, 1)], {
    serviceId: WEB,
    addresses: [{ policy: 'round-robin', v4: '10.30.0.9', v6: 'fdff:2000::9' }],
  })
const gateway = { serviceId: WEB, name: 'shop.t.web.t', ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] }

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
  await node.until('it is connected', () => node.facts.length > 0)
  await node.pass(100)
})
afterEach(() => node[Symbol.asyncDispose]())

const gate = () =>
  node.kernel
    .state(node.tag)
    .tables.flatMap(({ sets }) => sets)
    .find(({ name }) => name === 'gates_tcp_v4')?.elements

it('a node that is to publish a service wants to know it, and publishes it as soon as it does', async () => {
  await node.say(`gateway.${WEB}`, 'gateway', gateway)
  await node.until('the cluster knows the interest', () => node.interests.has(WEB))
  expect((await node.explain()).join('\n')).toContain('and is not: nothing is known of the service yet.')
  await node.say(`peer.${nodeId(1)}`, 'peer', peerItem(1, [1]))
  await node.say(`table.${WEB}`, 'table', table())
  await node.until('it is published', () => gate()?.join() === '8080 : goto at_tcp_8080_v4')
  await node.pass(200)
  expect(await node.explain()).toContain('Service shop.t.web.t is to be published at 8080:80/tcp, and is.')
  await node.unwant(`gateway.${WEB}`)
  await node.until('nothing is left of it', () => gate()?.length === 0 && !node.interests.has(WEB))
})

it('a port that a program of the machine has is refused, and the reason is told', async () => {
  node.kernel.boundPorts.add('8080/tcp')
  await node.say(`peer.${nodeId(1)}`, 'peer', peerItem(1, [1]))
  await node.say(`table.${WEB}`, 'table', table())
  await node.say(`gateway.${WEB}`, 'gateway', gateway)
  await node.pass(1_000)
  const reason = 'and is not: port 8080/tcp cannot be published: a program of this machine has it.'
  expect((await node.explain()).join('\n')).toContain(reason)
  expect(gate()).toEqual([])
})
