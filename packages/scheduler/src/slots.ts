import type { NodeFacts, Slot } from '@oakestra/model'
import type { ResourceRequest } from './placement.ts'

/**
 * Promised cores for each real one. Upstream never reserves CPU, and a core shared by sixteen mostly idle services is
 * usual at the edge; memory is promised once. `docs/decisions/0004-scheduler.md`.
 */
export const CPU_OVERCOMMITMENT_DEFAULT = 16

/** What an instance that asks for nothing is counted as, so that such instances spread over machines too. */
const PROMISE_WHEN_ZERO = { vcpus: 0.1, memoryMiB: 32 }

/** A slot after `request` was placed in it. May go below zero for requests that named no demand. */
export function reserve(slot: Slot, request: { readonly resources: ResourceRequest }): Slot {
  const { vcpus, memoryMiB, vgpus, storageMiB } = request.resources
  return {
    ...slot,
    vcpusFree: slot.vcpusFree - (vcpus || PROMISE_WHEN_ZERO.vcpus),
    memoryFreeMiB: slot.memoryFreeMiB - (memoryMiB || PROMISE_WHEN_ZERO.memoryMiB),
    vgpusFree: slot.vgpusFree - vgpus,
    storageFreeMiB: slot.storageFreeMiB - storageMiB,
  }
}

/**
 * The room on a node, given what its instances were promised.
 * @param labels set by an operator, beside those of its configuration; `key=value`
 */
export function slotOfNode(
  facts: NodeFacts,
  promised: Iterable<{ readonly resources: ResourceRequest }>,
  cpuOvercommitment = CPU_OVERCOMMITMENT_DEFAULT,
  labels: readonly string[] = [],
): Slot {
  let slot: Slot = {
    architecture: facts.architecture,
    virtualizations: facts.virtualizations,
    ...(facts.faults && { faults: faultsOf(facts.name, facts.faults) }),
    vcpusTotal: facts.vcpus,
    vcpusFree: facts.vcpus * cpuOvercommitment,
    memoryFreeMiB: facts.memoryMiB,
    vgpusFree: facts.vgpus,
    storageFreeMiB: facts.storageFreeMiB,
    ...wordsOf(facts, labels),
  }
  for (const request of promised) slot = reserve(slot, request)
  return slot
}

/** Sentences travel without their node: to a cluster's summary, and to root. */
function faultsOf(name: string, faults: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(faults).map(([word, sentence]) => [word, `node ${name}: ${sentence}`]))
}

/** Only what there is; in order, so that the same words make the same slot. */
function wordsOf(facts: NodeFacts, more: readonly string[]): Pick<Slot, 'labels' | 'addons' | 'csiDrivers'> {
  const labels = [...new Set([...(facts.labels ?? []), ...more])].sort()
  return {
    ...(labels.length > 0 ? { labels } : {}),
    ...(facts.addons?.length ? { addons: [...facts.addons].sort() } : {}),
    ...(facts.csiDrivers?.length ? { csiDrivers: [...facts.csiDrivers].sort() } : {}),
  }
}
