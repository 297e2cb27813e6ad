import type { InstanceAddresses, ServiceAddress } from '@oakestra/model'
import type { WantedAddresses } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import { type AddressPool, CLOSEST_V6_POOL, INSTANCE_V6_POOL, ROUND_ROBIN_V6_POOL, V4_POOL } from './address-pool.ts'
import { type AllocationContext, allocateAddress, claimAddress } from './allocate.ts'

/**
 * Gives a new service its addresses: those its user wants, others chosen. Every service has a round-robin pair;
 * a closest pair only the one that asks for it, for the IPv4 pool is small. `reference/network.md` 2.2.
 * @throws OakError `conflict`, `resource-exhausted`
 */
export async function allocateServiceAddresses(
  writer: Writer,
  serviceId: string,
  wanted: WantedAddresses,
  context: AllocationContext,
): Promise<readonly ServiceAddress[]> {
  const take = (pool: AddressPool, address: string | undefined) =>
    address ? claimAddress(writer, address, serviceId) : allocateAddress(writer, pool, serviceId, context)
  const roundRobin: ServiceAddress = {
    policy: 'round-robin',
    v4: await take(V4_POOL, wanted.roundRobinV4),
    v6: await take(ROUND_ROBIN_V6_POOL, wanted.roundRobinV6),
  }
  if (!wanted.closestV4 && !wanted.closestV6) return [roundRobin]
  const v4 = await take(V4_POOL, wanted.closestV4)
  const v6 = await take(CLOSEST_V6_POOL, wanted.closestV6)
  return [roundRobin, { policy: 'closest', v4, v6 }]
}

/**
 * The pair of addresses an instance keeps for life.
 * @throws OakError `resource-exhausted`
 */
export async function allocateInstanceAddresses(
  writer: Writer,
  instanceId: string,
  context: AllocationContext,
): Promise<InstanceAddresses> {
  return {
    v4: await allocateAddress(writer, V4_POOL, instanceId, context),
    v6: await allocateAddress(writer, INSTANCE_V6_POOL, instanceId, context),
  }
}
