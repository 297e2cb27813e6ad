import type { PublishedPort } from '@oakestra/sla'
import type { Attachment, NetworkInput, NodePlace, Peer, ServiceEntry } from '../network.ts'

/** The place of the node number `node` (0 to 3), with a subnet of its own. */
export function samplePlace(tag: string, node = 0): NodePlace {
  return { tag, subnetV4: `10.18.0.${node * 64}/26`, subnetV6: `fc00::${(node * 256).toString(16)}/120` }
}

/** Instance number `number` (1 to 60) on node number `node`. */
export function sampleAttachment(number: number, ports: readonly PublishedPort[] = [], node = 0): Attachment {
  return {
    instanceId: `${'0'.repeat(20)}${(node * 64 + number).toString(16).padStart(4, '0')}`,
    namespaceV4: `10.18.0.${node * 64 + number + 1}`,
    namespaceV6: `fc00::${(node * 256 + number + 1).toString(16)}`,
    ...sampleTarget(number, node),
    ports,
  }
}

/** The service at 10.30.1.`number` and fdff:2000::`number`, in front of these instances. */
export function sampleService(number: number, instances: readonly number[], node = 0): ServiceEntry {
  const targets = instances.map((instance) => sampleTarget(instance, node)).map(({ instanceV4: v4, instanceV6: v6 }) => ({ v4, v6 }))
  return { v4: `10.30.1.${number}`, v6: `fdff:2000::${number.toString(16)}`, policy: 'round-robin', targets }
}

/** Node number `node` as others know it, with these of its instances. */
export function samplePeer(node: number, address: string, instances: readonly number[], port = 50_103): Peer {
  const { subnetV4, subnetV6 } = samplePlace('', node)
  const targets = instances.map((instance) => sampleTarget(instance, node)).map(({ instanceV4: v4, instanceV6: v6 }) => ({ v4, v6 }))
  return { nodeId: `node-${node}`, address, port, subnetV4, subnetV6, instances: targets }
}

/** Two instances, one of them with a published port, behind one service; and a service without instances. */
export function sampleInput(tag: string, overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    place: samplePlace(tag),
    attachments: [sampleAttachment(1), sampleAttachment(2, [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }])],
    services: [sampleService(1, [1, 2]), sampleService(2, [])],
    ...overrides,
  }
}

function sampleTarget(number: number, node: number) {
  return { instanceV4: `10.30.0.${node * 64 + number}`, instanceV6: `fdff::${(node * 64 + number).toString(16)}` }
}
