import type { Reader } from '@oakestra/store'
import type { InstanceSample } from '../session/usage-history.ts'
import { instances, reports, services } from '../state/collections.ts'
import type { EventFilter } from './event-filter.ts'
import type { EventSight } from './event-sight.ts'

/** Samples in one round: some 250 KB. With more instances each gets its turn in one of the next rounds. */
const ROUND_MAX = 2_000

/** Chooses the samples that a watcher wants and may see. */
export class SampleScope {
  readonly #filter: EventFilter
  readonly #sight: EventSight
  readonly #known = new Map<string, boolean>()

  constructor(filter: EventFilter, sight: EventSight) {
    this.#filter = filter
    this.#sight = sight
  }

  /** @param turn of this round: where among too many it begins */
  async choose(reader: Reader, samples: readonly InstanceSample[], turn: number): Promise<readonly InstanceSample[]> {
    const chosen: InstanceSample[] = []
    const from = samples.length > ROUND_MAX ? (turn * ROUND_MAX) % samples.length : 0
    for (const sample of samples.slice(from, from + ROUND_MAX)) if (await this.#isWanted(reader, sample.instanceId)) chosen.push(sample)
    return chosen
  }

  async #isWanted(reader: Reader, instanceId: string): Promise<boolean> {
    const known = this.#known.get(instanceId) ?? (await this.#look(reader, instanceId))
    this.#known.set(instanceId, known)
    return known
  }

  async #look(reader: Reader, id: string): Promise<boolean> {
    const { instanceId, instanceNumber, serviceId, applicationId, clusterId, nodeId } = this.#filter
    const instance = await reader.get(instances, id)
    if (!instance || (instanceId ?? id) !== id || (instanceNumber ?? instance.number) !== instance.number) return false
    if ((serviceId ?? instance.serviceId) !== instance.serviceId || (clusterId ?? instance.clusterId) !== instance.clusterId) return false
    if (nodeId !== undefined && (await reader.get(reports, id))?.nodeId !== nodeId) return false
    const service = await reader.get(services, instance.serviceId)
    if (!service || (applicationId ?? service.applicationId) !== service.applicationId) return false
    return (await this.#sight.seesApplication(reader, service.applicationId)) ?? false
  }
}
