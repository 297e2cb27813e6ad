import type { Reader } from '@oakestra/store'
import { parseWire, type Resolved, resolveSchema } from '@oakestra/wire'
import { addressText, poolOf } from '../addresses/address-pool.ts'
import { addressClaims, instances, services } from '../state/collections.ts'

/** `net.resolve`: the service that an address stands for, its own or one of its instances'. @throws OakError `bad-request` */
export async function resolveAddress(reader: Reader, params: unknown): Promise<Resolved> {
  const { address } = parseWire(resolveSchema, params, 'address to resolve')
  const place = poolOf(address)
  const claim = place && (await reader.get(addressClaims, addressText(place.pool, place.value)))
  if (!claim || claim.freedAtMs !== undefined) return { serviceId: null }
  const instance = await reader.get(instances, claim.ownerId)
  const service = await reader.get(services, instance?.serviceId ?? claim.ownerId)
  return { serviceId: service?.id ?? null }
}
