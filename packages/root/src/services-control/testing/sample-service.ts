import type { DesiredInstance, ObservedInstance, Service } from '@oakestra/model'
import { parseServices, type ServiceDescriptor } from '@oakestra/sla'
import type { InstanceFacts } from '../standing.ts'

/** A descriptor with whatever is not the usual. */
export function sampleDescriptor(changes: object = {}): ServiceDescriptor {
  const document = { microservice_name: 'web', microservice_namespace: 't', virtualization: 'container', code: 'v1', ...changes }
  const parsed = parseServices(document)
  const [descriptor] = parsed.ok ? parsed.value : []
  if (!descriptor) throw new Error(JSON.stringify(parsed))
  return descriptor
}

export function sampleService(changes: Partial<Service> = {}): Service {
  return {
    id: 's',
    applicationId: 'a',
    applicationName: 'shop',
    applicationNamespace: 't',
    descriptor: sampleDescriptor(),
    revision: 1,
    nextInstanceNumber: 0,
    addresses: [{ policy: 'round-robin', v4: '10.30.0.1', v6: 'fdff:2000::1' }],
    createdAtMs: 0,
    removing: false,
    ...changes,
  }
}

export function sampleInstance(number: number, changes: Partial<DesiredInstance> = {}): DesiredInstance {
  return {
    id: `i${number}`,
    serviceId: 's',
    number,
    addresses: { v4: `10.30.1.${number}`, v6: `fdff::${number}` },
    createdAtMs: 0,
    clusterId: 'c',
    revision: 1,
    removing: false,
    ...changes,
  }
}

/** An instance that runs, on a cluster that is heard, unless something else is said. */
export function sampleFacts(
  number: number,
  instance: Partial<DesiredInstance> = {},
  observed: Partial<ObservedInstance> | 'nothing' = {},
): InstanceFacts {
  const desired = sampleInstance(number, instance)
  if (observed === 'nothing') return { instance: desired, heardSinceMs: 0 }
  const report = { instanceId: desired.id, revision: desired.revision ?? 1, state: 'running', detail: '', restarts: 0 } as const
  return { instance: desired, observed: { ...report, ...observed }, heardSinceMs: 0 }
}
