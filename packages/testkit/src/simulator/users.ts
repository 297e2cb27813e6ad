import type { Clock } from '@oakestra/base'
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
  /** Promised by a cluster, which tells root when it can. */
  readonly isLocal?: true
}

/** What a cluster lets people do at the cluster itself. */
export interface LocalChanges {
  addInstance(serviceId: string, actor: string): Promise<{ readonly id: string; readonly number: number }>
  removeInstance(serviceId: string, number: number, actor: string): Promise<void>
}

interface Removal {
  readonly serviceId: string
  /** Absent: all of the service. */
  readonly number?: number
  readonly askedMs: number
  isAnswered: boolean
}

/** A node, as operators name it. */
export interface NodeName {
  readonly clusterId: string
  readonly nodeId: string
  readonly name: string
}

export interface UsersOptions {
  readonly user: ApiUser
  readonly services: readonly PlannedService[]
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  readonly note: (what: string) => void
}

const ASK_AGAIN_MS = 2_000

/** People who want things, and remember what they were promised. */
export class Users {
  readonly services: readonly PlannedService[]
  /** Instances that the API said there will be. */
  readonly promised = new Map<string, Promised>()
  readonly #removals: Removal[] = []
  /** Ids of services for which an answer is awaited. */
  readonly #deploying: string[] = []
  /** Ids of services whose number of instances was declared: from then on root chooses which go. */
  readonly #scaled = new Set<string>()
  readonly #updated = new Set<string>()
  /** Services and numbers that were sent elsewhere. */
  readonly #moved = new Set<string>()
  readonly #drained = new Set<string>()
  readonly #options: UsersOptions
  /** Times whose changes root does not remember: it was put back to a backup that was older. */
  readonly #forgotten: { readonly fromMs: number; readonly toMs: number }[] = []
  #insisting = 0

  constructor(options: UsersOptions) {
    this.#options = options
    this.services = options.services
  }

  /** Root was put back: what was asked for in between may be lost, or undone. */
  forgotten(fromMs: number, toMs: number): void {
    this.#forgotten.push({ fromMs, toMs })
  }

  get wasAnythingForgotten(): boolean {
    return this.#forgotten.length > 0
  }

  wasForgotten(atMs: number): boolean {
    return this.#forgotten.some(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs)
  }

  isDeploying({ id }: PlannedService): boolean {
    return this.#deploying.includes(id)
  }

  deploy(service: PlannedService): void {
    const atMs = this.#options.clock.monotonicMs()
    this.#deploying.push(service.id)
    this.#ask(`deploy ${service.plan.name}`, async () => {
      const answer = await this.#options.user.deploy(service.id).finally(() => this.#answered(service))
      const { instance_id: id, instance_number: number } = answer as { readonly instance_id: string; readonly instance_number: number }
      this.promised.set(id, { id, service, number, atMs })
    })
  }

  undeploy(service: PlannedService, number?: number): void {
    const askedMs = this.#options.clock.monotonicMs()
    const removal: Removal = { serviceId: service.id, askedMs, isAnswered: false, ...(number !== undefined && { number }) }
    this.#removals.push(removal)
    this.#ask(`undeploy ${service.plan.name} ${number ?? 'all'}`, async () => {
      await this.#options.user.undeploy(service.id, number ?? -1)
      removal.isAnswered = true
    })
  }

  deployAt(cluster: LocalChanges, service: PlannedService): void {
    const atMs = this.#options.clock.monotonicMs()
    this.#ask(`deploy ${service.plan.name} at a cluster`, async () => {
      const { id, number } = await cluster.addInstance(service.id, 'Admin')
      this.promised.set(id, { id, service, number, atMs, isLocal: true })
    })
  }

  undeployAt(cluster: LocalChanges, service: PlannedService, number: number): void {
    const removal: Removal = { serviceId: service.id, number, askedMs: this.#options.clock.monotonicMs(), isAnswered: false }
    this.#removals.push(removal)
    this.#ask(`undeploy ${service.plan.name} ${number} at a cluster`, async () => {
      await cluster.removeInstance(service.id, number, 'Admin')
      removal.isAnswered = true
    })
  }

  scale(service: PlannedService, replicas: number): void {
    this.#scaled.add(service.id)
    this.#ask(`scale ${service.plan.name} to ${replicas}`, async () => {
      await this.#options.user.ok('PUT', `/api/service/${service.id}/replicas`, { replicas })
    })
  }

  /** Changes what the service runs. */
  update(service: PlannedService, version: number): void {
    this.#updated.add(service.id)
    const document = {
      microservice_namespace: 't',
      virtualization: 'container',
      ...service.plan.descriptor,
      environment: [`VERSION=${version}`],
    }
    this.#ask(`update ${service.plan.name}`, async () => void (await this.#options.user.ok('PUT', `/api/service/${service.id}`, document)))
  }

  /** Sends an instance to another node of its cluster. */
  move(service: PlannedService, number: number): void {
    this.#moved.add(`${service.id} ${number}`)
    this.#ask(`move ${service.plan.name}.${number}`, async () => {
      await this.#options.user.ok('POST', `/api/service/${service.id}/instance/${number}/move`, {})
    })
  }

  /** Has an instance started again where it is. */
  restart(service: PlannedService, number: number): void {
    this.#ask(`restart ${service.plan.name}.${number}`, async () => {
      await this.#options.user.ok('POST', `/api/service/${service.id}/instance/${number}/restart`, {})
    })
  }

  /** Empties a node for some time. Its return to work is asked for until it is answered. */
  drain(node: NodeName, forMs: number): void {
    this.#drained.add(node.name)
    this.#insisting += 1
    this.#ask(`drain ${node.name}`, () => this.#changeNode(node, { draining: true }))
    const { clock } = this.#options
    const undrain = async () => {
      await clock.sleep(forMs)
      const isDone = () =>
        this.#changeNode(node, { draining: false, cordoned: false }).then(
          () => true,
          () => false,
        )
      while (!(await isDone())) await clock.sleep(ASK_AGAIN_MS)
      this.#insisting -= 1
    }
    this.#ask(`end the drain of ${node.name}`, undrain)
  }

  /** Does somebody still ask for something that has to be answered? */
  get isInsisting(): boolean {
    return this.#insisting > 0
  }

  /** Did a user or an operator ask for something that ends its process on that node? */
  mayBeEnded(instance: { readonly serviceId: string; readonly number: number }, nodeName: string): boolean {
    const { serviceId } = instance
    return this.mayBeRemoved(instance) || this.#updated.has(serviceId) || this.wasSentAway(instance, nodeName)
  }

  /** Did an operator want it elsewhere? */
  wasSentAway({ serviceId, number }: { readonly serviceId: string; readonly number: number }, nodeName: string): boolean {
    return this.#moved.has(`${serviceId} ${number}`) || this.#drained.has(nodeName)
  }

  #changeNode({ clusterId, nodeId }: NodeName, change: object): Promise<void> {
    return this.#options.user.ok('PATCH', `/api/clusters/${clusterId}/nodes/${nodeId}`, change)
  }

  /** Was the removal of it asked for, whether or not the answer came? */
  mayBeRemoved(instance: { readonly serviceId: string; readonly number: number }): boolean {
    if (this.#scaled.has(instance.serviceId)) return true
    return this.#removals.some(
      ({ serviceId, number }) => serviceId === instance.serviceId && (number ?? instance.number) === instance.number,
    )
  }

  /** Was its removal promised? */
  mustBeGone({ service, number, atMs, isLocal }: Promised): boolean {
    // Who asked root for the end of all did not speak of those that root had not heard of.
    const isMeant = (removal: Removal) => (removal.number === undefined ? removal.askedMs > atMs && !isLocal : removal.number === number)
    const isKnown = ({ isAnswered, askedMs }: Removal) => isAnswered && !this.wasForgotten(askedMs)
    return this.#removals.some((removal) => isKnown(removal) && removal.serviceId === service.id && isMeant(removal))
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
