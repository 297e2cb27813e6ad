import type { Slot } from '@oakestra/model'
import { hasAllWords, unionOfWords } from './words.ts'

/** Slots kept while summarising, before the largest kinds are merged: bounds the work for clusters of very mixed nodes. */
const FRONTIER_MAX = 512

/**
 * Summarises the nodes of a cluster so that root can answer "could one node take it?": keeps the slots that no other
 * slot beats in every respect. When that leaves more than `max`, slots of one architecture are merged into their upper
 * bounds: such a summary may say yes where no single node fits, and the cluster's own answer corrects it, but it
 * never says no where a node fits. At least one slot is kept for each architecture, even beyond `max`. Labels, add-ons and
 * drivers are unions then; too many of them become one word that stands for any.
 */
export function paretoSlots(slots: readonly Slot[], max: number): Slot[] {
  // The largest first: they beat most others, so that the frontier stays short.
  const ordered = [...slots].sort((a, b) => b.memoryFreeMiB - a.memoryFreeMiB || b.vcpusFree - a.vcpusFree)
  let frontier: Slot[] = []
  for (const slot of ordered) {
    const cover = frontier.findIndex((kept) => covers(kept, slot))
    const known = frontier[cover]
    if (known) {
      frontier[cover] = withFaultsOf(known, slot)
      continue
    }
    const beaten = frontier.filter((kept) => covers(slot, kept))
    if (beaten.length > 0) frontier = frontier.filter((kept) => !beaten.includes(kept))
    frontier.push(beaten.reduce(withFaultsOf, slot))
    if (frontier.length > Math.max(FRONTIER_MAX, 2 * max)) frontier = merged(frontier, max)
  }
  return frontier.length > max ? merged(frontier, max) : frontier
}

/** What speaks for a node that is not named itself: why it lacks something stays known, one example for each word. */
function withFaultsOf(kept: Slot, dropped: Slot): Slot {
  if (!dropped.faults || Object.keys(dropped.faults).every((word) => kept.faults?.[word] !== undefined)) return kept
  return { ...kept, faults: { ...dropped.faults, ...kept.faults } }
}

/** True when whatever fits into `smaller` fits into `larger`. */
function covers(larger: Slot, smaller: Slot): boolean {
  return (
    larger.memoryFreeMiB >= smaller.memoryFreeMiB &&
    larger.vcpusFree >= smaller.vcpusFree &&
    larger.vcpusTotal >= smaller.vcpusTotal &&
    larger.vgpusFree >= smaller.vgpusFree &&
    larger.storageFreeMiB >= smaller.storageFreeMiB &&
    larger.architecture === smaller.architecture &&
    smaller.virtualizations.every((word) => larger.virtualizations.includes(word)) &&
    hasAllWords(larger.labels, smaller.labels) &&
    hasAllWords(larger.addons, smaller.addons) &&
    hasAllWords(larger.csiDrivers, smaller.csiDrivers)
  )
}

/** Merges neighbours in memory within each kind of slot, each kind getting its share of `max`. */
function merged(slots: readonly Slot[], max: number): Slot[] {
  const kinds = kindsOf(slots, max)
  const share = Math.max(1, Math.floor(max / kinds.length))
  return kinds.flatMap((kind) => chunks(kind, share).map((chunk) => chunk.reduce(upperBound)))
}

/** Slots that are alike, by as much of what they are as leaves no more than `max` kinds. */
function kindsOf(slots: readonly Slot[], max: number): Slot[][] {
  const byRuntime = (slot: Slot) => JSON.stringify([slot.architecture, [...slot.virtualizations].sort()])
  const byWords = (slot: Slot) => JSON.stringify([byRuntime(slot), slot.labels, slot.addons, slot.csiDrivers])
  for (const keyOf of [byWords, byRuntime]) {
    const kinds = groups(slots, keyOf)
    if (kinds.length <= max) return kinds
  }
  return groups(slots, (slot) => slot.architecture)
}

function groups(slots: readonly Slot[], keyOf: (slot: Slot) => string): Slot[][] {
  const byKey = new Map<string, Slot[]>()
  for (const slot of slots) {
    const key = keyOf(slot)
    const group = byKey.get(key)
    if (group) group.push(slot)
    else byKey.set(key, [slot])
  }
  return [...byKey.values()]
}

/** Cuts a list, ordered by memory, into at most `count` parts of equal length. */
function chunks(slots: readonly Slot[], count: number): Slot[][] {
  const ordered = [...slots].sort((a, b) => b.memoryFreeMiB - a.memoryFreeMiB)
  const length = Math.ceil(ordered.length / count)
  return Array.from({ length: Math.ceil(ordered.length / length) }, (_, index) => ordered.slice(index * length, (index + 1) * length))
}

function upperBound(a: Slot, b: Slot): Slot {
  return {
    ...wordsOfBoth(a, b),
    ...(a.faults || b.faults ? { faults: { ...b.faults, ...a.faults } } : {}),
    architecture: a.architecture,
    virtualizations: [...new Set([...a.virtualizations, ...b.virtualizations])],
    vcpusTotal: Math.max(a.vcpusTotal, b.vcpusTotal),
    vcpusFree: Math.max(a.vcpusFree, b.vcpusFree),
    memoryFreeMiB: Math.max(a.memoryFreeMiB, b.memoryFreeMiB),
    vgpusFree: Math.max(a.vgpusFree, b.vgpusFree),
    storageFreeMiB: Math.max(a.storageFreeMiB, b.storageFreeMiB),
  }
}

/** Only what one of them has, so that a slot without words stays as it was. */
function wordsOfBoth(a: Slot, b: Slot): Pick<Slot, 'labels' | 'addons' | 'csiDrivers'> {
  return {
    ...(a.labels || b.labels ? { labels: unionOfWords(a.labels, b.labels) } : {}),
    ...(a.addons || b.addons ? { addons: unionOfWords(a.addons, b.addons) } : {}),
    ...(a.csiDrivers || b.csiDrivers ? { csiDrivers: unionOfWords(a.csiDrivers, b.csiDrivers) } : {}),
  }
}
