import type { InstanceAddresses, Service, ServiceAddress } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { z } from 'zod'
import type { Actor } from '../../accounts/actor.ts'
import { addressText, poolOf } from '../../addresses/address-pool.ts'
import { accessTo } from '../../state/application-access.ts'
import { addressClaims, applications, instances, services } from '../../state/collections.ts'
import { instancesOf } from '../../state/operations-ownership.ts'

const addressSchema = z.object({
  Address: z.string().nullable(),
  Address_v6: z.string().nullable(),
  IpType: z.string().describe('`RR` round robin; others by their name.'),
})

const instanceSchema = z.object({
  cluster_id: z.string().nullable(),
  instance_number: z.int(),
  instance_ip: z.string(),
  instance_ip_v6: z.string(),
})

export const netInfoSchema = z
  .object({
    applicationID: z.string(),
    app_name: z.string(),
    app_ns: z.string(),
    service_name: z.string(),
    service_ns: z.string(),
    service_job_id: z.string(),
    service_ip_list: z.array(addressSchema),
    instance_list: z.array(instanceSchema),
  })
  .meta({ id: 'NetInfo' })
type NetInfo = z.infer<typeof netInfoSchema>

/** What is said of a service that nobody knows, or that the caller may not see: clients expect an answer. `reference/network.md` 4.1. */
const UNKNOWN: NetInfo = {
  applicationID: '',
  app_name: '',
  app_ns: '',
  service_name: '',
  service_ns: '',
  service_job_id: '',
  service_ip_list: [],
  instance_list: [],
}

/** The addresses of a service by its name `app.appns.service.servicens`, dots as they are or as `_`: names hold neither. */
export async function netInfoByName(reader: Reader, actor: Actor, name: string): Promise<NetInfo> {
  const candidates = await reader.list(services, { index: 'jobName', equals: name.replaceAll('_', '.') })
  for (const service of candidates) if (await isVisible(reader, actor, service)) return netInfoOf(reader, service)
  return UNKNOWN
}

/** The service that has an address, or one of whose instances has it. */
export async function netInfoByAddress(reader: Reader, actor: Actor, text: string): Promise<NetInfo> {
  const place = poolOf(text.replaceAll('_', '.'))
  const claim = place && (await reader.get(addressClaims, addressText(place.pool, place.value)))
  if (!claim || claim.freedAtMs !== undefined) return UNKNOWN
  const serviceId = (await reader.get(instances, claim.ownerId))?.serviceId ?? claim.ownerId
  const service = await reader.get(services, serviceId)
  return service && (await isVisible(reader, actor, service)) ? netInfoOf(reader, service) : UNKNOWN
}

async function isVisible(reader: Reader, actor: Actor, service: Service): Promise<boolean> {
  const application = service.removing ? undefined : await reader.get(applications, service.applicationId)
  return application !== undefined && (await accessTo(reader, actor, application)) !== 'none'
}

async function netInfoOf(reader: Reader, service: Service): Promise<NetInfo> {
  const present = (await instancesOf(reader, service.id)).filter(({ removing }) => !removing)
  return {
    applicationID: service.applicationId,
    app_name: service.applicationName,
    app_ns: service.applicationNamespace,
    service_name: service.descriptor.name,
    service_ns: service.descriptor.namespace,
    service_job_id: service.id,
    service_ip_list: service.addresses.map(toWireAddress),
    instance_list: present.map((instance) => ({
      cluster_id: instance.clusterId ?? null,
      instance_number: instance.number,
      ...ips(instance),
    })),
  }
}

function toWireAddress({ policy, v4, v6 }: ServiceAddress): NetInfo['service_ip_list'][number] {
  return { Address: v4 ?? null, Address_v6: v6 ?? null, IpType: policy === 'round-robin' ? 'RR' : policy }
}

function ips({ addresses }: { readonly addresses: InstanceAddresses }) {
  return { instance_ip: addresses.v4, instance_ip_v6: addresses.v6 }
}
