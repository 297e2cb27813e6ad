import type { ClusterFacts, InstanceSpec, Slot } from '@oakestra/model'
import { reserve } from '@oakestra/scheduler'

/** Room of one kind, and on how many nodes it is to be had. */
export interface CountedSlot {
  readonly slot: Slot
  readonly nodes: number
}

type Resources = InstanceSpec['resources']

/** Kinds that reservations may split a cluster's room into; beyond it the split-off node counts as full. */
const KINDS_MAX = 256

/**
 * The room of a cluster as root reserves in it. A cluster names its largest slots only, so that of a hundred like nodes it
 * names one; the others are counted here with what the sums leave for each of them. This is only done where all are of
 * one kind: root then promises what most likely is there, and is corrected by the cluster where it is not.
 */
export function countedSlots(facts: ClusterFacts): CountedSlot[] {
  const named = facts.slots.map((slot) => ({ slot, nodes: 1 }))
  const [largest, ...others] = facts.slots.toSorted((a, b) => b.memoryFreeMiB - a.memoryFreeMiB)
  const unnamed = facts.activeNodes - named.length
  if (!largest || unnamed < 1 || !others.every((slot) => isOfKind(slot, largest))) return named
  const { labels: _labels, addons: _addons, csiDrivers: _csiDrivers, ...kind } = largest
  const left = facts.memoryFreeMiB - sum(facts.slots.map((slot) => slot.memoryFreeMiB))
  const slot: Slot = {
    ...kind,
    memoryFreeMiB: Math.max(0, Math.min(largest.memoryFreeMiB, Math.floor(left / unnamed))),
    vcpusFree: least(facts.slots.map((each) => each.vcpusFree)),
    vcpusTotal: least(facts.slots.map((each) => each.vcpusTotal)),
    vgpusFree: least(facts.slots.map((each) => each.vgpusFree)),
    storageFreeMiB: least(facts.slots.map((each) => each.storageFreeMiB)),
  }
  return [...named, { slot, nodes: unnamed }]
}

/** Takes the room for one instance out of one node of a kind. Changes `slots`. */
export function reserveIn(slots: CountedSlot[], index: number, resources: Resources): void {
  const chosen = slots[index]
  if (!chosen) return
  if (chosen.nodes > 1) slots[index] = { ...chosen, nodes: chosen.nodes - 1 }
  else slots.splice(index, 1)
  const rest = reserve(chosen.slot, { resources })
  const alike = slots.findIndex(({ slot }) => isSame(slot, rest))
  const known = slots[alike]
  if (known) slots[alike] = { ...known, nodes: known.nodes + 1 }
  else if (slots.length < KINDS_MAX) slots.push({ slot: rest, nodes: 1 })
}

/** Where a cluster most likely puts an instance: on a node with the most memory, of those that have enough of it all. */
export function likelySlot(slots: readonly CountedSlot[], { memoryMiB, vcpus, vgpus }: Resources): number {
  let best = 0
  let bestMiB = Number.NEGATIVE_INFINITY
  for (const [index, { slot }] of slots.entries()) {
    const fits = slot.memoryFreeMiB >= memoryMiB && slot.vcpusFree >= vcpus && slot.vgpusFree >= vgpus
    if (!fits || slot.memoryFreeMiB <= bestMiB) continue
    best = index
    bestMiB = slot.memoryFreeMiB
  }
  return best
}

/** True when something that no slot of `before` could hold may fit into one of `after`. */
export function hasGrown(before: readonly CountedSlot[], after: readonly CountedSlot[]): boolean {
  return after.some(({ slot }) => !before.some((known) => covers(known.slot, slot)))
}

function covers(larger: Slot, smaller: Slot): boolean {
  return (
    larger.memoryFreeMiB >= smaller.memoryFreeMiB &&
    larger.vcpusFree >= smaller.vcpusFree &&
    larger.vcpusTotal >= smaller.vcpusTotal &&
    larger.vgpusFree >= smaller.vgpusFree &&
    larger.storageFreeMiB >= smaller.storageFreeMiB &&
    larger.architecture === smaller.architecture &&
    hasAll(larger.virtualizations, smaller.virtualizations) &&
    hasAll(larger.labels, smaller.labels) &&
    hasAll(larger.addons, smaller.addons) &&
    hasAll(larger.csiDrivers, smaller.csiDrivers)
  )
}

function isSame(a: Slot, b: Slot): boolean {
  return covers(a, b) && covers(b, a)
}

function isOfKind(slot: Slot, other: Slot): boolean {
  const { virtualizations } = slot
  return (
    slot.architecture === other.architecture &&
    hasAll(virtualizations, other.virtualizations) &&
    hasAll(other.virtualizations, virtualizations)
  )
}

function hasAll(words: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return words === wanted || wanted.every((word) => words.includes(word))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function least(values: readonly number[]): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY)
}
