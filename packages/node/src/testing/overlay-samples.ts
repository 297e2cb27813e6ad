import type { PeerItem, ServiceAddress, ServiceTable, TableInstance } from '@oakestra/model'

export const WEB_ADDRESSES: readonly ServiceAddress[] = [{ policy: 'round-robin', v4: '10.30.0.1', v6: 'fdff:2000::1' }]

/** Id of the node number `node` (0 to 9). */
export function nodeId(node: number): string {
  return `${node}`.repeat(24)
}

/** Instance `number` (0 to 99) of the sample service, on node number `node`. */
export function tableInstance(number: number, node: number, changes: Partial<TableInstance> = {}): TableInstance {
  return { instanceId: `instance-${number}`, number, ...addressesOf(number), nodeId: nodeId(node), ready: true, term: 0, ...changes }
}

export function serviceTable(instances: readonly TableInstance[], changes: Partial<ServiceTable> = {}): ServiceTable {
  return {
    serviceId: 'b'.repeat(24),
    applicationId: 'c'.repeat(24),
    name: { service: 'web', namespace: 'front', application: 'shop', applicationNamespace: 'prod' },
    addresses: WEB_ADDRESSES,
    instances,
    ...changes,
  }
}

/** Node number `node` with these instances of the sample service. */
export function peerItem(node: number, numbers: readonly number[], changes: Partial<PeerItem> = {}): PeerItem {
  return {
    nodeId: nodeId(node),
    subnetV4: `10.18.${node}.0/26`,
    subnetV6: `fc00::${node}00/120`,
    endpoint: { address: `192.0.2.${node}`, port: 50_103 },
    instances: numbers.map(addressesOf),
    ...changes,
  }
}

function addressesOf(number: number) {
  return { v4: `10.30.0.${number + 100}`, v6: `fdff::${(number + 100).toString(16)}` }
}
