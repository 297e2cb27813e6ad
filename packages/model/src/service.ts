import type { ServiceDescriptor } from '@oakestra/sla'
import type { ServiceAddress } from './instance.ts'

/** A kind of process that runs in any number of instances. */
export interface Service {
  readonly id: string
  readonly applicationId: string
  readonly applicationName: string
  readonly applicationNamespace: string
  readonly descriptor: ServiceDescriptor
  /** Raised with every change of the descriptor; instances of an older revision are replaced. */
  readonly revision: number
  /** The number the next instance gets. Only grows: numbers are never used twice. `reference/orchestration.md` 5.8. */
  readonly nextInstanceNumber: number
  readonly addresses: readonly ServiceAddress[]
  readonly createdAtMs: number
  /** True from its deletion until its last instance has left every machine; hidden from users meanwhile. */
  readonly removing: boolean
}

/** Upstream's name of a service, unique in a root: `app.appns.service.servicens`. `reference/orchestration.md` 3.6. */
export function jobName(service: Pick<Service, 'applicationName' | 'applicationNamespace' | 'descriptor'>): string {
  const { name, namespace } = service.descriptor
  return [service.applicationName, service.applicationNamespace, name, namespace].join('.')
}
