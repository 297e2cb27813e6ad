import type { Outbox } from '@oakestra/session'
import type { Writer } from '@oakestra/store'
import type { Addressing } from '@oakestra/wire'
import type { AllocationContext } from '../addresses/allocate.ts'
import { claimBlocks } from '../addresses/node-blocks.ts'
import { clusters } from '../state/collections.ts'
import { fillStock } from './stock.ts'

/** Puts all addresses that a cluster may give away by itself into its document: those of nodes, and its stock. */
export async function putAddressing(writer: Writer, outbox: Outbox, clusterId: string, context: AllocationContext): Promise<void> {
  const cluster = await writer.get(clusters, clusterId)
  const blocks = await claimBlocks(writer, clusterId, cluster?.facts?.activeNodes ?? 0)
  const body: Addressing = { ...blocks, stock: await fillStock(writer, clusterId, context) }
  await outbox.put(writer, clusterId, { id: 'addressing', kind: 'addressing', body })
}
