import type { InstanceAddresses, InstanceSpec, ServiceAddress } from '@oakestra/model'
import type { Reader, Writer } from '@oakestra/store'
import { poolOf } from '../addresses/address-pool.ts'
import type { AllocationContext } from '../addresses/allocate.ts'
import { allocateInstanceAddresses, allocateServiceAddresses } from '../addresses/service-addresses.ts'
import { takeFromStock } from '../orders/stock.ts'
import { type AddressClaim, addressClaims } from '../state/collections.ts'

/**
 * Notes whose the addresses of an instance are, so that nobody else is given them. Only where somebody else was given them since the
 * backup it gets others: two instances must not have the same address.
 */
export async function claimInstanceAddresses(
  writer: Writer,
  { instanceId, addresses }: InstanceSpec,
  context: AllocationContext,
): Promise<InstanceAddresses> {
  const isOwn = await claimAll(writer, 'instances', instanceId, [addresses])
  return isOwn ? addresses : allocateInstanceAddresses(writer, instanceId, context)
}

/** The same for a service that root does not know. */
export async function claimServiceAddresses(
  writer: Writer,
  { serviceId, serviceAddresses }: InstanceSpec,
  context: AllocationContext,
): Promise<readonly ServiceAddress[]> {
  const isOwn = await claimAll(writer, 'services', serviceId, serviceAddresses)
  return isOwn ? serviceAddresses : allocateServiceAddresses(writer, serviceId, {}, context)
}

/** True when all of these addresses are noted as those of this instance or service. */
export async function isClaimedBy(reader: Reader, { v4, v6 }: InstanceAddresses, ownerId: string): Promise<boolean> {
  const claims = [await reader.get(addressClaims, v4), await reader.get(addressClaims, v6)]
  return claims.every((claim) => claim?.ownerId === ownerId && claim.freedAtMs === undefined)
}

type Pair = Pick<ServiceAddress, 'v4' | 'v6'>

async function claimAll(writer: Writer, kind: 'instances' | 'services', ownerId: string, pairs: readonly Pair[]): Promise<boolean> {
  for (const pair of pairs) if (!(await isClaimable(writer, kind, ownerId, pair))) return false
  for (const address of pairs.flatMap(textsOf)) await writer.put(addressClaims, { address, ownerId })
  return true
}

async function isClaimable(writer: Writer, kind: 'instances' | 'services', ownerId: string, pair: Pair): Promise<boolean> {
  if (!textsOf(pair).every(poolOf)) return false
  const claims = await Promise.all(textsOf(pair).map((address) => writer.get(addressClaims, address)))
  const foreign = claims.flatMap((claim): AddressClaim | [] => (claim && isForeign(claim, ownerId) ? claim : []))
  const [first] = foreign
  if (!first) return true
  // The backup still shows it among what a cluster may give away, which it did.
  const { v4, v6 } = pair
  return v4 !== undefined && v6 !== undefined && takeFromStock(writer, first.ownerId, kind, { v4, v6 }, ownerId)
}

function isForeign(claim: AddressClaim, ownerId: string): boolean {
  return claim.freedAtMs === undefined && claim.ownerId !== ownerId
}

function textsOf({ v4, v6 }: Pair): readonly string[] {
  return [v4, v6].filter((address) => address !== undefined)
}
