import type { MetricFamily, MetricSample } from '@oakestra/base'
import { type DesiredInstance, instanceStatus, type StatusWord } from '@oakestra/model'
import type { Change, Reader, Store } from '@oakestra/store'
import { applications, instances, reports, services } from '../state/collections.ts'

interface Counted {
  readonly serviceId: string
  readonly word: StatusWord
  readonly restarts: number
}

interface Names {
  readonly application: string
  readonly service: string
}

/** Services with numbers of their own; of more, those that lack instances come first. */
const SERVICES_MAX = 300
/** Instances looked at in one section, so that others get their turn. */
const LOOKED_AT_MAX = 500

const COUNTED: ReadonlySet<string> = new Set([instances.name, reports.name, services.name])

const isFine = (word: StatusWord) => word === 'RUNNING' || word === 'COMPLETED' || word === 'UNDEPLOYED'

/** How many instances are in which state, kept up to date by what changes: a look reads only what changed since the last one. */
export class InstanceTally {
  readonly #store: Store
  readonly #counted = new Map<string, Counted>()
  readonly #names = new Map<string, Names | undefined>()
  readonly #dirty = new Set<string>()
  #hasLoaded = false
  /** Grows with every change that may make another answer. */
  #version = 0
  #said: { readonly version: number; readonly families: readonly MetricFamily[] } | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /** To be told of every commit of the store. */
  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) {
      if (collection === instances.name || collection === reports.name) this.#dirty.add(key)
      if (collection === services.name) this.#names.delete(key)
      if (COUNTED.has(collection)) this.#version += 1
    }
  }

  /** While nothing changes, what was said before: with ten thousand instances there is nothing to count again. */
  async metrics(): Promise<readonly MetricFamily[]> {
    const version = this.#version
    if (this.#said?.version !== version) this.#said = { version, families: await this.#count() }
    return this.#said.families
  }

  async #count(): Promise<readonly MetricFamily[]> {
    await this.#catchUp()
    const perService = await this.#perService()
    const each = (of: (service: PerService) => number) =>
      perService.map((service) => ({ labels: { ...service.names }, value: of(service) }))
    return [
      { name: 'oak_instances', kind: 'gauge', help: 'Instances by their status.', samples: this.#byStatus() },
      {
        name: 'oak_service_instances_running',
        kind: 'gauge',
        help: 'Instances of a service that run.',
        samples: each(({ running }) => running),
      },
      {
        name: 'oak_service_instances_missing',
        kind: 'gauge',
        help: 'Instances of a service that are wanted and neither run nor are done.',
        samples: each(({ missing }) => missing),
      },
      {
        name: 'oak_service_restarts_total',
        kind: 'counter',
        help: 'How often instances of a service were started again.',
        samples: each(({ restarts }) => restarts),
      },
    ]
  }

  async #catchUp(): Promise<void> {
    if (!this.#hasLoaded) {
      this.#hasLoaded = true
      for (const { id } of await this.#store.read((reader) => reader.list(instances))) this.#dirty.add(id)
    }
    while (this.#dirty.size > 0) {
      const some = [...this.#dirty].slice(0, LOOKED_AT_MAX)
      for (const id of some) this.#dirty.delete(id)
      await this.#store.read(async (reader) => {
        for (const id of some) await this.#countOne(reader, id)
      })
    }
  }

  async #countOne(reader: Reader, id: string): Promise<void> {
    const instance = await reader.get(instances, id)
    if (!instance) return void this.#counted.delete(id)
    const observed = instance.ended ?? (await reader.get(reports, id))
    const { word } = instanceStatus(factsOf(instance, observed))
    this.#counted.set(id, { serviceId: instance.serviceId, word, restarts: observed?.restarts ?? 0 })
  }

  #byStatus(): readonly MetricSample[] {
    const counts = new Map<StatusWord, number>([['RUNNING', 0]])
    for (const { word } of this.#counted.values()) counts.set(word, (counts.get(word) ?? 0) + 1)
    return [...counts].map(([status, value]) => ({ labels: { status }, value }))
  }

  async #perService(): Promise<readonly PerService[]> {
    const sums = new Map<string, Omit<PerService, 'names'>>()
    for (const { serviceId, word, restarts } of this.#counted.values()) {
      const { running = 0, missing = 0, restarts: before = 0 } = sums.get(serviceId) ?? {}
      const next = {
        running: running + (word === 'RUNNING' ? 1 : 0),
        missing: missing + (isFine(word) ? 0 : 1),
        restarts: before + restarts,
      }
      sums.set(serviceId, next)
    }
    const chosen = [...sums].sort(([, a], [, b]) => b.missing - a.missing).slice(0, SERVICES_MAX)
    const named = await Promise.all(chosen.map(async ([id, sum]) => ({ ...sum, names: await this.#namesOf(id) })))
    return named.flatMap(({ names, ...sum }) => (names ? [{ ...sum, names }] : []))
  }

  async #namesOf(serviceId: string): Promise<Names | undefined> {
    if (this.#names.has(serviceId)) return this.#names.get(serviceId)
    const names = await this.#store.read(async (reader) => {
      const service = await reader.get(services, serviceId)
      const application = service && (await reader.get(applications, service.applicationId))
      return service && application && { application: application.name, service: service.descriptor.name }
    })
    this.#names.set(serviceId, names)
    return names
  }
}

interface PerService {
  readonly names: Names
  readonly running: number
  readonly missing: number
  readonly restarts: number
}

function factsOf(instance: DesiredInstance, observed: Parameters<typeof instanceStatus>[0]['observed']) {
  const { removing, clusterId, rejection, leaving } = instance
  return {
    removing,
    ...(clusterId !== undefined && { clusterId }),
    ...(rejection && { rejection }),
    ...(leaving && { leaving }),
    ...(observed && { observed }),
  }
}
