import { isDeepStrictEqual } from 'node:util'
import { type Clock, type Logger, type Random, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController, type Outcome } from '@oakestra/controller'
import type { Service } from '@oakestra/model'
import { Gather } from '@oakestra/session'
import type { Change, Reader, Store } from '@oakestra/store'
import { applications, GUARDED, instances, services } from '../state/collections.ts'
import { type Admitted, admittedServices, referencesTo } from './admitted-services.ts'

// A document with many services is many changes at once.
const GATHER = { firstMs: 1, spacingMs: 50 }
// For truth; what changes is seen at once.
const RHYTHM = { resyncMs: 600_000, backoff: { firstMs: 200, maxMs: 30_000 }, concurrency: 1 }

const SETTLED: Outcome = { state: 'settled' }

export interface IsolationOptions {
  readonly store: Store
  /** Told of instances whose cluster is to be told something else about them. */
  readonly onInstances: (instanceIds: readonly string[]) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Keeps written down with each service of an isolated application whose instances its own admit, as applications and services come, go
 * and change; and takes it away where an application is isolated no more. One key is one application. Decision 19.
 */
export class Isolation {
  readonly #options: IsolationOptions
  readonly #controller: Controller
  readonly #gather: Gather
  readonly #changed = new Set<string>()
  /** By isolated application: what its present state follows from besides itself. */
  readonly #named = new Map<string, ReadonlySet<string>>()

  constructor(options: IsolationOptions) {
    const { clock, random, logger } = options
    this.#options = options
    const reconciler = { keys: () => this.#keys(), reconcile: (applicationId: string) => this.#reconcile(applicationId) }
    this.#controller = createController({ name: 'isolation', reconciler, ...RHYTHM, clock, random, logger })
    this.#gather = new Gather(
      { clock, ...GATHER },
      () => this.#look(),
      (thrown) => logger.warn('could not look who is isolated', { err: toOakError(thrown).message }),
    )
    this.#controller.nudgeAll()
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) {
      if (collection === applications.name) this.#applicationChanged(key)
      // Services change with every instance: where nobody is isolated they are not even looked at.
      else if (collection === services.name && this.#named.size > 0) this.#changed.add(key)
    }
    if (this.#changed.size > 0) this.#gather.nudge()
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gather.close()
    await this.#controller[Symbol.asyncDispose]()
  }

  /** With its owner changes whom names mean, also where others are named. */
  #applicationChanged(applicationId: string): void {
    for (const id of [applicationId, ...this.#named.keys()]) this.#controller.nudge(id)
  }

  /** Those that are isolated, and those of whose services some still are. */
  #keys(): Promise<readonly string[]> {
    return this.#options.store.read(async (reader) => {
      const isolated = await reader.list(applications, { index: 'isolated', equals: GUARDED })
      const guarded = await reader.list(services, { index: 'guarded', equals: GUARDED })
      return [...new Set([...isolated.map(({ id }) => id), ...guarded.map(({ applicationId }) => applicationId)])]
    })
  }

  /** Of the services that changed: their own applications, and those that name them. */
  async #look(): Promise<void> {
    const ids = [...this.#changed]
    this.#changed.clear()
    const found = await this.#options.store.read((reader) => Promise.all(ids.map((id) => reader.get(services, id))))
    for (const [at, id] of ids.entries()) {
      const service = found[at]
      const references = service ? referencesTo(service) : [id]
      for (const [applicationId, named] of this.#named) {
        if (service?.applicationId === applicationId || references.some((each) => named.has(each))) this.#controller.nudge(applicationId)
      }
    }
  }

  async #reconcile(applicationId: string): Promise<Outcome> {
    const { store, onInstances } = this.#options
    // Most applications are not isolated: others need not wait while that is found out.
    if ((await store.read((reader) => this.#changesOf(reader, applicationId))).length === 0) return SETTLED
    const told = await store.write(async (writer) => {
      const ids: string[] = []
      for (const service of await this.#changesOf(writer, applicationId)) {
        await writer.put(services, service)
        ids.push(...(await instanceIdsOf(writer, service.id)))
      }
      return ids
    })
    onInstances(told)
    return SETTLED
  }

  /** Services of an application that are to admit others than they do, as they shall be. */
  async #changesOf(reader: Reader, applicationId: string): Promise<readonly Service[]> {
    const application = await reader.get(applications, applicationId)
    const own = await reader.list(services, { index: 'applicationId', equals: applicationId })
    const admitted = application?.isolated ? await admittedServices(reader, application, own) : undefined
    this.#remember(applicationId, admitted)
    // What is left of an application that was deleted stays closed until it is gone.
    if (!application) return []
    const next = own.map((service) => withAdmitted(service, admitted?.byService.get(service.id)))
    return next.filter(({ admits }, at) => !isDeepStrictEqual(admits, own[at]?.admits))
  }

  /** What is admitted is watched too: one that is removed cannot be found by its name any more. */
  #remember(applicationId: string, admitted: Admitted | undefined): void {
    if (admitted) this.#named.set(applicationId, new Set([...admitted.named, ...[...admitted.byService.values()].flat()]))
    else this.#named.delete(applicationId)
  }
}

function withAdmitted(service: Service, admits: readonly string[] | undefined): Service {
  const { admits: _, ...rest } = service
  return admits ? { ...rest, admits } : rest
}

async function instanceIdsOf(reader: Reader, serviceId: string): Promise<readonly string[]> {
  return (await reader.list(instances, { index: 'serviceId', equals: serviceId })).map(({ id }) => id)
}
