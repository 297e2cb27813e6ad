import type { Clock, IdGenerator, Logger } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import type { DesiredInstance, Service } from '@oakestra/model'
import type { Reader, Store } from '@oakestra/store'
import { QUIET_MS } from '../addresses/allocate.ts'
import { clusters, reports, services } from '../state/collections.ts'
import { instancesOf } from '../state/operations-ownership.ts'
import { type Applied, applyPlan } from './apply-plan.ts'
import { HeardClusters } from './heard-clusters.ts'
import { planService } from './plan-service.ts'
import { NOTHING, type ServicePlan } from './service-plan.ts'
import type { InstanceFacts } from './standing.ts'
import { steadyTime } from './steady-time.ts'

// Addresses come back a minute after their instances went.
const NO_ADDRESS_RECHECK_MS = 30_000

export interface ServiceReconcilerDeps {
  readonly store: Store
  readonly connected: () => ReadonlySet<string>
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly logger: Logger
}

interface Looked {
  readonly service: Service
  readonly plan: ServicePlan
}

/** Keeps each service at its declared number of instances, and brings them to its newest revision. Decision 10. */
export class ServiceReconciler implements Reconciler {
  readonly #deps: ServiceReconcilerDeps
  readonly #nowMs: () => number
  readonly #startedAtMs: number
  readonly #heard = new HeardClusters()
  /** Services by the instances whose reports decide what is next for them; bounded by the plans. */
  readonly #watched = new Map<string, string>()

  constructor(deps: ServiceReconcilerDeps) {
    this.#deps = deps
    this.#nowMs = steadyTime(deps.clock)
    this.#startedAtMs = this.#nowMs()
  }

  async keys(): Promise<readonly string[]> {
    return this.#deps.store.read(async (reader) => (await reader.list(services)).map((service) => service.id))
  }

  /** The service that waits for news of this instance. */
  waitingFor(instanceId: string): string | undefined {
    return this.#watched.get(instanceId)
  }

  async reconcile(id: string, signal: AbortSignal): Promise<Outcome> {
    const nowMs = this.#nowMs()
    this.#heard.note(this.#deps.connected(), nowMs)
    const looked = await this.#deps.store.read((reader) => this.#look(reader, id, nowMs))
    this.#watch(id, looked?.plan.watched ?? [])
    if (!looked) return { state: 'settled' }
    const { ids, clock, store } = this.#deps
    const operation = { ids, nowMs: clock.wallMs(), quietMs: QUIET_MS }
    const applied = await applyPlan(looked.service, looked.plan.changes, { store, operation, nowMs }, signal)
    this.#tell(looked.service, applied)
    return outcomeOf(looked.plan, applied)
  }

  async #look(reader: Reader, id: string, nowMs: number): Promise<Looked | undefined> {
    const service = await reader.get(services, id)
    if (!service) return undefined
    const isRolling = service.rollout?.state === 'rolling'
    if (service.removing || (service.replicas === undefined && !isRolling)) return { service, plan: NOTHING }
    const own = await instancesOf(reader, id)
    // Which ones work matters only for what is replaced or ended.
    const isMore = own.filter((instance) => !instance.removing).length > (service.replicas ?? Number.POSITIVE_INFINITY)
    const facts: InstanceFacts[] = []
    for (const instance of own) facts.push(isRolling || isMore ? await this.#factsOf(reader, instance) : { instance })
    return { service, plan: planService(service, facts, nowMs) }
  }

  async #factsOf(reader: Reader, instance: DesiredInstance): Promise<InstanceFacts> {
    const { id, clusterId, ended } = instance
    const last = ended && { observed: ended }
    if (clusterId === undefined) return { instance, ...last, heardSinceMs: this.#startedAtMs }
    const report = await reader.get(reports, id)
    const heardSinceMs = this.#heard.since(clusterId)
    const cluster = await reader.get(clusters, clusterId)
    return {
      instance,
      ...(report?.clusterId === clusterId ? { observed: report } : last),
      ...(heardSinceMs !== undefined && { heardSinceMs }),
      ...(cluster && { clusterName: cluster.name }),
    }
  }

  #watch(serviceId: string, instanceIds: readonly string[]): void {
    for (const [instanceId, owner] of this.#watched) if (owner === serviceId) this.#watched.delete(instanceId)
    for (const instanceId of instanceIds) this.#watched.set(instanceId, serviceId)
  }

  #tell(before: Service, applied: Applied): void {
    if (applied.state !== 'done' || !applied.service.rollout) return
    const { state, detail, toRevision, givenUp } = applied.service.rollout
    if (state === before.rollout?.state && toRevision === before.rollout.toRevision) return
    const facts = { service: before.id, revision: toRevision, detail }
    if (state === 'failed' || givenUp) this.#deps.logger.warn('an update of a service failed', facts)
    else this.#deps.logger.info('an update of a service is over', facts)
  }
}

function outcomeOf({ recheckMs }: ServicePlan, applied: Applied): Outcome {
  if (applied.state === 'no-address') return { state: 'waiting', on: applied.reason, recheckMs: NO_ADDRESS_RECHECK_MS }
  // The change that voided the plan has nudged it.
  if (applied.state === 'outdated') return { state: 'waiting', on: 'the next look', recheckMs: 1 }
  if (recheckMs === undefined) return { state: 'settled' }
  return { state: 'waiting', on: 'instances that are being replaced', recheckMs }
}
