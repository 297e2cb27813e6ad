import type { Api } from '@oakestra/api-client'
import { serviceSchema } from '@oakestra/sla'

/** A descriptor as a document: what a user wrote, or would have written. */
export type DescriptorDocument = Readonly<Record<string, unknown>>

/** Fields that stand for others, or that root chooses. */
const LEFT_OUT = new Set([
  'microserviceID',
  'image',
  'env',
  'vcpu',
  'vgpu',
  'target_node',
  'bandwidth_in',
  'bandwidth_out',
  'vtpus',
  'state',
  'added_files',
])

/** The descriptor of a service that exists, as it could be sent again: no status, no ids, nothing that is empty. Pure. */
export function descriptorOf(service: Api.Service): DescriptorDocument {
  const sent: DescriptorDocument = { ...service }
  const keys = Object.keys(serviceSchema.shape).filter((key) => !LEFT_OUT.has(key))
  const present = keys.flatMap((key) => {
    const value = key === 'addresses' ? addressesOf(service) : key === 'virtualization' ? runtimeOf(service) : sent[key]
    return isEmpty(value) ? [] : [[key, value] as const]
  })
  return Object.fromEntries(present)
}

/** Root answers with upstream's word for it. */
function runtimeOf({ virtualization }: Api.Service): string {
  return virtualization === 'docker' ? 'container' : virtualization
}

function addressesOf(service: Api.Service): DescriptorDocument {
  const { RR_ip: v4, RR_ip_v6: v6 } = service
  const { addresses: asked }: DescriptorDocument = { ...service }
  if (typeof asked === 'object' && asked !== null && !isEmpty(asked)) return asked as DescriptorDocument
  return { ...(v4 ? { rr_ip: v4 } : {}), ...(v6 ? { rr_ip_v6: v6 } : {}) }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}
