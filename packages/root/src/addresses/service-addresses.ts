import type { InstanceAddresses, ServiceAddress } from '@oakestra/model'
import { type WantedAddresses, wantedPolicies } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import { type AddressPool, INSTANCE_V6_POOL, policyPool, V4_POOL } from './address-pool.ts'
import { type AllocationContext, allocateAddress, claimAddress } from './allocate.ts'

/**
 * Gives a new service its addresses: those its user wants, others chosen; one pair for each policy that it has.
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
  const addresses: ServiceAddress[] = []
  for (const [policy, { v4, v6 }] of wantedPolicies(wanted)) {
    addresses.push({ policy, v4: await take(V4_POOL, v4), v6: await take(policyPool(policy), v6) })
  }
  return addresses
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
