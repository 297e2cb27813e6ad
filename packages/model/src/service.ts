import type { ServiceDescriptor } from '@oakestra/sla'
import type { ServiceAddress } from './instance.ts'

/** What a service was at one revision. */
export interface ServiceRevision {
  readonly revision: number
  readonly descriptor: ServiceDescriptor
  readonly createdAtMs: number
  /** One sentence: who or what made it. */
  readonly reason: string
}

/** How far the change to the newest revision is. */
export interface Rollout {
  readonly toRevision: number
  /** The last revision that was proven: where a failed update goes back to. */
  readonly fromRevision: number
  readonly state: 'rolling' | 'done' | 'failed' | 'rolled-back'
  readonly startedAtMs: number
  /** One sentence for people: what is waited for, or why it failed. */
  readonly detail: string
  /** Set on the way back: the revision that failed, and why. A way back is never itself gone back from. */
  readonly givenUp?: { readonly revision: number; readonly reason: string }
}

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
  /** What its instances admit (see `InstanceSpec`): worked out, and kept true, from its application and its `connectivity`. */
  readonly admits?: readonly string[]
  readonly createdAtMs: number
  /** True from its deletion until its last instance has left every machine; hidden from users meanwhile. */
  readonly removing: boolean
  /** How many instances there shall be; absent: those that were asked for one by one. */
  readonly replicas?: number
  /** Older revisions, the oldest first, without the present one; bounded. */
  readonly history?: readonly ServiceRevision[]
  /** When and by whom the present revision was made, as in `ServiceRevision`; absent for the first. */
  readonly made?: Pick<ServiceRevision, 'createdAtMs' | 'reason'>
  /** The last change; absent before the first. */
  readonly rollout?: Rollout
}

/** Upstream's name of a service, unique in a root: `app.appns.service.servicens`. `reference/orchestration.md` 3.6. */
export function jobName(service: Pick<Service, 'applicationName' | 'applicationNamespace' | 'descriptor'>): string {
  const { name, namespace } = service.descriptor
  return [service.applicationName, service.applicationNamespace, name, namespace].join('.')
}
