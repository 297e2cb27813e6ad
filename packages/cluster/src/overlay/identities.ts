import type { InstanceAddresses, InstanceSpec, ServiceAddress, ServiceName } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { instanceSpecSchema } from '@oakestra/wire'
import { wantedItem } from '../local/wanted.ts'

/** What of an instance is the same for its whole life, wherever it runs. */
export interface Identity extends InstanceAddresses {
  readonly serviceId: string
  readonly number: number
}

/** What instances say of the service that they are of. */
export interface ServiceLook {
  readonly applicationId: string
  readonly name: ServiceName
  readonly addresses: readonly ServiceAddress[]
}

export interface ReadSpec {
  readonly identity: Identity
  readonly look: ServiceLook
}

/** What is wanted of an instance; `undefined` when nothing is, or nobody can read it. */
export async function readSpec(reader: Reader, instanceId: string): Promise<ReadSpec | undefined> {
  const item = await wantedItem(reader, instanceId)
  const spec = item && instanceSpecSchema.safeParse(item.body)
  if (!spec?.success || spec.data.instanceId !== instanceId) return undefined
  const { serviceId, number, addresses, applicationId, serviceAddresses } = spec.data
  const look = { applicationId, name: nameOf(spec.data), addresses: serviceAddresses }
  return { identity: { serviceId, number, ...addresses }, look }
}

/** Parts of a name hold no dots. `reference/network.md` 2.4. */
function nameOf({ jobName }: Pick<InstanceSpec, 'jobName'>): ServiceName {
  const [application = '', applicationNamespace = '', service = '', namespace = ''] = jobName.split('.')
  return { service, namespace, application, applicationNamespace }
}
