import { OakError } from '@oakestra/base'
import type { InstanceAddresses } from '@oakestra/model'
import { inboxItems } from '@oakestra/session'
import type { Reader, Writer } from '@oakestra/store'
import { type AddressStock, addressingSchema, parseWire } from '@oakestra/wire'
import { type LocalOrder, localFacts, orders } from './orders.ts'

type Kind = 'instances' | 'services'

/** The numbers of one cluster's range. */
const NUMBERS = 1_000_000

/**
 * Takes the next pair of addresses out of the stock that root set aside. In turn, so that one that was given back rests as long as
 * can be. What an order has is in use until that is forgotten.
 * @throws OakError `unavailable` without a stock, `resource-exhausted` when all are in use
 */
export async function takeAddresses(writer: Writer, kind: Kind): Promise<InstanceAddresses> {
  const pairs = (await stockOf(writer))[kind]
  const used = new Set((await writer.list(orders)).flatMap(addressOf))
  const key = `last-of-${kind}`
  const last = (await writer.get(localFacts, key))?.value
  const start = pairs.findIndex(({ v4 }) => v4 === last) + 1
  const next = [...pairs.slice(start), ...pairs.slice(0, start)].find(({ v4 }) => !used.has(v4))
  if (!next) {
    throw new OakError(
      'resource-exhausted',
      `the ${pairs.length} addresses for ${kind} that root set aside for this cluster are in use; more come when root has heard of them`,
    )
  }
  await writer.put(localFacts, { key, value: next.v4 })
  return next
}

/** The next number of this cluster's range, for an instance of a service that root knows. Never the same again. */
export async function takeNumber(writer: Writer): Promise<number> {
  const { numbersFrom } = await stockOf(writer)
  const key = 'next-number'
  const next = Number((await writer.get(localFacts, key))?.value ?? numbersFrom)
  // Another root has given another range.
  const number = next >= numbersFrom && next < numbersFrom + NUMBERS ? next : numbersFrom
  await writer.put(localFacts, { key, value: String(number + 1) })
  return number
}

async function stockOf(reader: Reader): Promise<AddressStock> {
  const item = await reader.get(inboxItems, 'addressing')
  const stock = item && parseWire(addressingSchema, item.body, "the cluster's addresses").stock
  if (!stock) throw new OakError('unavailable', 'root has not set addresses aside for this cluster yet: it must have been here once')
  return stock
}

function addressOf(order: LocalOrder): readonly string[] {
  return order.kind === 'remove-instance' ? [] : [order.body.addresses.v4]
}
