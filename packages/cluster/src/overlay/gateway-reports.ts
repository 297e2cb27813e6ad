import { type ClusterGatewayReport, GATEWAY_FAULTS_MAX, type GatewayFault } from '@oakestra/model'
import type { ObservedRecords, ObservedSource } from '@oakestra/session'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import { GATEWAY_KIND, gatewayItemId, gatewayReportSchema, overlaySubject, parseWire } from '@oakestra/wire'
import { nodes } from '../state.ts'
import { type NodeGatewayReport, nodeGatewayReports } from './node-gateway-reports.ts'

// A machine has some tens of thousands of ports; a node that speaks of more services does not speak in earnest.
const REPORTS_PER_NODE_MAX = 10_000

/** What nodes say of the services that they are to publish. */
export const gatewayRecords: ObservedRecords<NodeGatewayReport> = {
  collection: nodeGatewayReports,
  childIndex: 'nodeId',
  read(value, nodeId) {
    const { serviceId, fault } = parseWire(gatewayReportSchema, value, 'gateway')
    return { nodeId, serviceId, ...(fault !== undefined && { fault }) }
  },
  childOf: ({ nodeId }) => nodeId,
  keyOf: (serviceId, nodeId) => nodeGatewayReports.key({ nodeId, serviceId }),
  async isGivenTo(writer, _report, nodeId) {
    if (!(await writer.get(nodes, nodeId))) return false
    return (await writer.count(nodeGatewayReports, { index: 'nodeId', equals: nodeId })) < REPORTS_PER_NODE_MAX
  },
}

/** Forgets what a node said that is removed. */
export async function forgetGatewaysOf(writer: Writer, nodeId: string): Promise<void> {
  for (const report of await writer.list(nodeGatewayReports, { index: 'nodeId', equals: nodeId }))
    await writer.remove(nodeGatewayReports, nodeGatewayReports.key(report))
}

/** What root is told of services that nodes do not publish. Where all is well there is nothing to say. */
export class GatewayReports implements ObservedSource {
  readonly #store: Store
  readonly #listeners = new Set<(id: string) => void>()

  constructor(store: Store) {
    this.#store = store
  }

  async ids(): Promise<readonly string[]> {
    const known = await this.#store.read((reader) => reader.list(nodeGatewayReports))
    return [...new Set(known.flatMap(({ serviceId, fault }) => (fault === undefined ? [] : [gatewayItemId(serviceId)])))]
  }

  async get(id: string): Promise<ClusterGatewayReport | undefined> {
    const subject = overlaySubject(id)
    if (subject?.kind !== GATEWAY_KIND) return undefined
    const found = await this.#store.read((reader) => faultsOf(reader, subject.id))
    if (found.length === 0) return undefined
    return { kind: GATEWAY_KIND, serviceId: subject.id, faults: found.slice(0, GATEWAY_FAULTS_MAX), total: found.length }
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) {
      if (collection === nodeGatewayReports.name) this.#tell(gatewayItemId(key.split(' ')[1] ?? ''))
    }
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

async function faultsOf(reader: Reader, serviceId: string): Promise<readonly GatewayFault[]> {
  const faults: GatewayFault[] = []
  for (const { nodeId, fault } of await reader.list(nodeGatewayReports, { index: 'serviceId', equals: serviceId })) {
    if (fault !== undefined) faults.push({ node: (await reader.get(nodes, nodeId))?.name ?? nodeId, reason: fault })
  }
  return faults.toSorted((one, other) => (one.node < other.node ? -1 : 1))
}
