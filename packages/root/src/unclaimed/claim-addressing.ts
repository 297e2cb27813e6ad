import type { Writer } from '@oakestra/store'
import { addressingSchema, type DocumentItem } from '@oakestra/wire'
import { QUIET_MS } from '../addresses/allocate.ts'
import { keepBlocks } from '../addresses/node-blocks.ts'
import { putAddressing } from '../orders/cluster-addressing.ts'
import { keepStock } from '../orders/stock.ts'
import type { UnknownDeps } from './unknown-deps.ts'

/**
 * Notes the blocks of node subnets, the addresses and the range of numbers that a cluster was given by this root before the backup, or by
 * the root before: its nodes have them. What this root gave to clusters that have not taken it in yet makes room for that.
 */
export async function claimAddressing(deps: UnknownDeps, writer: Writer, clusterId: string, items: readonly DocumentItem[]): Promise<void> {
  const item = items.find(({ kind }) => kind === 'addressing')
  const held = item && addressingSchema.safeParse(item.body)
  if (!held?.success) return
  const { outbox, clock, logger } = deps
  const reached = async (id: string) => (await outbox.confirmed(writer, id)) > 0
  const { losers, foreign } = await keepBlocks(writer, clusterId, held.data.blocksV4, reached)
  if (foreign.length > 0) {
    logger.error('a cluster has node subnets that were given to another since the backup: let its nodes there join anew', {
      cluster: clusterId,
      blocks: foreign.join(' '),
    })
  }
  const outnumbered = held.data.stock ? await keepStock(writer, clusterId, held.data.stock, reached) : []
  const context = { nowMs: clock.wallMs(), quietMs: QUIET_MS }
  for (const id of new Set([clusterId, ...losers, ...outnumbered])) await putAddressing(writer, outbox, id, context)
}
