import type { InstanceSpec } from '@oakestra/model'
import type { Collection, Reader } from '@oakestra/store'

/** How often an instance was asked to be started again at this cluster itself: beside what root asks, and only growing. */
export interface LocalRestarts {
  readonly instanceId: string
  readonly asked: number
}

export const localRestarts: Collection<LocalRestarts> = { name: 'local_restarts', key: ({ instanceId }) => instanceId }

/**
 * What its node is told: the counts of root and of this cluster together. Each has one writer, and the sum grows with either, so that
 * nobody needs to tell the other. Decision 10.
 */
export async function withLocalRestarts(reader: Reader, spec: InstanceSpec): Promise<InstanceSpec> {
  const known = await reader.get(localRestarts, spec.instanceId)
  return known ? { ...spec, restartsAsked: (spec.restartsAsked ?? 0) + known.asked } : spec
}
