import type { Rollout, Service, ServiceRevision } from '@oakestra/model'
import type { ServiceDescriptor } from '@oakestra/sla'

/** Enough to go back to any state that somebody remembers; older ones only make the record larger. */
export const HISTORY_KEPT = 10

/** The descriptor that a service had at a revision; `undefined` for one that is not kept. */
export function descriptorAt(service: Service, revision: number): ServiceDescriptor | undefined {
  if (revision === service.revision) return service.descriptor
  return service.history?.find((older) => older.revision === revision)?.descriptor
}

/** Every revision that is kept, the oldest first, the present one last. */
export function revisionsOf(service: Service): readonly ServiceRevision[] {
  return [...(service.history ?? []), presentRevision(service)]
}

function presentRevision({ revision, descriptor, made, createdAtMs }: Service): ServiceRevision {
  return { revision, descriptor, ...(made ?? { createdAtMs, reason: 'created' }) }
}

/** The last revision that is known to work: where a failed update goes back to. */
export function provenRevision({ revision, rollout }: Service): number {
  return rollout && (rollout.state === 'rolling' || rollout.state === 'failed') ? rollout.fromRevision : revision
}

export interface NextRevision {
  readonly descriptor: ServiceDescriptor
  /** One sentence: who or what made it. */
  readonly reason: string
  readonly nowMs: number
  /** Revisions that instances have. */
  readonly inUse: ReadonlySet<number>
  /** Set for a way back. */
  readonly givenUp?: NonNullable<Rollout['givenUp']>
}

/** The service with one more revision, on its way to its instances. */
export function withNextRevision(service: Service, next: NextRevision): Service {
  const { descriptor, reason, nowMs, inUse, givenUp } = next
  const fromRevision = provenRevision(service)
  const revision = service.revision + 1
  return {
    ...service,
    descriptor,
    revision,
    made: { createdAtMs: nowMs, reason },
    history: pruned(revisionsOf(service), new Set([...inUse, fromRevision])),
    rollout: {
      toRevision: revision,
      fromRevision,
      state: 'rolling',
      startedAtMs: nowMs,
      detail: `revision ${revision} is on its way`,
      ...(givenUp && { givenUp }),
    },
  }
}

/** The newest, and those that are still needed, of which there are never more than instances and one. */
function pruned(history: readonly ServiceRevision[], needed: ReadonlySet<number>): readonly ServiceRevision[] {
  const newest = history.length - HISTORY_KEPT
  return history.filter(({ revision }, index) => index >= newest || needed.has(revision))
}
