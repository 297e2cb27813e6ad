import type { ApiUser } from '../api-user.ts'
import type { ServicePlan } from './plan.ts'

export interface PlannedService {
  readonly id: string
  readonly plan: ServicePlan
}

export interface Promised {
  readonly id: string
  readonly service: PlannedService
  readonly number: number
  readonly atMs: number
}

interface Removal {
  readonly serviceId: string
  /** Absent: all of the service. */
  readonly number?: number
  readonly askedMs: number
  isAnswered: boolean
}

export interface UsersOptions {
  readonly user: ApiUser
  readonly services: readonly PlannedService[]
  readonly nowMs: () => number
  readonly note: (what: string) => void
}

/** People who want things, and remember what they were promised. */
export class Users {
  readonly services: readonly PlannedService[]
  /** Instances that the API said there will be. */
  readonly promised = new Map<string, Promised>()
  readonly #removals: Removal[] = []
  /** Ids of services for which an answer is awaited. */
  readonly #deploying: string[] = []
  readonly #options: UsersOptions

  constructor(options: UsersOptions) {
    this.#options = options
    this.services = options.services
  }

  isDeploying({ id }: PlannedService): boolean {
    return this.#deploying.includes(id)
  }

  deploy(service: PlannedService): void {
    const atMs = this.#options.nowMs()
    this.#deploying.push(service.id)
    this.#ask(`deploy ${service.plan.name}`, async () => {
      const answer = await this.#options.user.deploy(service.id).finally(() => this.#answered(service))
      const { instance_id: id, instance_number: number } = answer as { readonly instance_id: string; readonly instance_number: number }
      this.promised.set(id, { id, service, number, atMs })
    })
  }

  undeploy(service: PlannedService, number?: number): void {
    const askedMs = this.#options.nowMs()
    const removal: Removal = { serviceId: service.id, askedMs, isAnswered: false, ...(number !== undefined && { number }) }
    this.#removals.push(removal)
    this.#ask(`undeploy ${service.plan.name} ${number ?? 'all'}`, async () => {
      await this.#options.user.undeploy(service.id, number ?? -1)
      removal.isAnswered = true
    })
  }

  /** Was the removal of it asked for, whether or not the answer came? */
  mayBeRemoved(instance: Pick<Promised, 'number'> & { readonly serviceId: string }): boolean {
    return this.#removals.some(
      ({ serviceId, number }) => serviceId === instance.serviceId && (number ?? instance.number) === instance.number,
    )
  }

  /** Was its removal promised? */
  mustBeGone({ service, number, atMs }: Promised): boolean {
    return this.#removals.some(
      (removal) =>
        removal.isAnswered &&
        removal.serviceId === service.id &&
        (removal.number === number || (removal.number === undefined && removal.askedMs > atMs)),
    )
  }

  #answered({ id }: PlannedService): void {
    this.#deploying.splice(this.#deploying.indexOf(id), 1)
  }

  /** Nobody waits for answers: they come, or root was away. */
  #ask(what: string, call: () => Promise<void>): void {
    const { note } = this.#options
    call().then(
      () => note(`user: ${what}: done`),
      (thrown: unknown) => note(`user: ${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
    )
  }
}
