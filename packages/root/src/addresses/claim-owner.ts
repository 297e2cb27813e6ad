import { OakError } from '@oakestra/base'
import { jobName, type Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { type AddressClaim, clusters, instances, services } from '../state/collections.ts'

/**
 * Passes when nobody needs the address any more: its service is being removed.
 * @throws OakError `conflict`, naming the service
 */
export async function refuseForeignClaim(reader: Reader, claim: AddressClaim): Promise<void> {
  const service = await reader.get(services, claim.ownerId)
  if (service?.removing) return
  const cluster = service ? undefined : await reader.get(clusters, claim.ownerId)
  if (cluster)
    throw new OakError('conflict', `the address ${claim.address} is set aside for what the cluster ${cluster.name} starts by itself`)
  throw new OakError('conflict', `the address ${claim.address} belongs to ${await ownerText(reader, claim, service)}`)
}

async function ownerText(reader: Reader, claim: AddressClaim, service: Service | undefined): Promise<string> {
  if (service) return `service ${jobName(service)}`
  const instance = await reader.get(instances, claim.ownerId)
  const owner = instance && (await reader.get(services, instance.serviceId))
  return owner ? `instance ${instance.number} of service ${jobName(owner)}` : 'an instance'
}
