import { isDeepStrictEqual } from 'node:util'
import { OakError, throwIfAborted } from '@oakestra/base'
import type { Service } from '@oakestra/model'
import type { Store, Writer } from '@oakestra/store'
import { instances, services } from '../state/collections.ts'
import type { OperationContext } from '../state/operations-context.ts'
import { createInstance } from '../state/operations-instances.ts'
import { pinRevisions } from '../state/operations-updates.ts'
import { changedInstance, concluded, wentBack } from './record-changes.ts'
import type { ServiceChange } from './service-plan.ts'

// A transaction holds up everybody else: 100 new instances are some milliseconds.
const BATCH = 100

export type Applied =
  | { readonly state: 'done'; readonly service: Service }
  /** Somebody changed the service meanwhile: the plan is void. */
  | { readonly state: 'outdated' }
  /** No address is left for more instances; what came before is stored. */
  | { readonly state: 'no-address'; readonly reason: string }

export interface ApplyContext {
  readonly store: Store
  /** For new instances; its time is the wall clock's. */
  readonly operation: OperationContext
  /** Root's own clock, for what is compared later. */
  readonly nowMs: number
}

/** Carries out a plan that was made for this record of a service, in transactions of bounded size. */
export async function applyPlan(
  planned: Service,
  changes: readonly ServiceChange[],
  context: ApplyContext,
  signal: AbortSignal,
): Promise<Applied> {
  let service = planned
  for (let first = 0; first < changes.length; first += BATCH) {
    throwIfAborted(signal)
    const batch = changes.slice(first, first + BATCH)
    const applied = await context.store.write((writer) => applyBatch(writer, service, batch, context))
    if (applied.state !== 'done') return applied
    service = applied.service
  }
  return { state: 'done', service }
}

async function applyBatch(writer: Writer, planned: Service, changes: readonly ServiceChange[], context: ApplyContext): Promise<Applied> {
  if (!isDeepStrictEqual(await writer.get(services, planned.id), planned)) return { state: 'outdated' }
  let service = planned
  let shortage: OakError | undefined
  for (const change of changes) {
    try {
      service = await applyChange(writer, service, change, context)
    } catch (thrown) {
      // What could be added stays added.
      if (!(thrown instanceof OakError) || thrown.code !== 'resource-exhausted') throw thrown
      shortage = thrown
      break
    }
  }
  if (service !== planned) await writer.put(services, service)
  return shortage ? { state: 'no-address', reason: shortage.message } : { state: 'done', service }
}

/** @returns the service after it; not stored yet */
async function applyChange(writer: Writer, service: Service, change: ServiceChange, { operation, nowMs }: ApplyContext): Promise<Service> {
  const { rollout } = service
  switch (change.do) {
    case 'add':
      await createInstance(writer, service, service.nextInstanceNumber, operation)
      return { ...service, nextInstanceNumber: service.nextInstanceNumber + 1 }
    case 'conclude':
      return rollout ? concluded(service, rollout, change) : service
    case 'go-back':
      return rollout ? wentBack(service, rollout, change.reason, await pinRevisions(writer, service), nowMs) : service
    case 'remove':
    case 'revise':
    case 'note': {
      const instance = await writer.get(instances, change.instanceId)
      if (instance) await writer.put(instances, changedInstance(service, instance, change, nowMs))
      return service
    }
  }
}
