import type { ServiceEntry, Target } from '../network.ts'
import type { Family } from './addresses.ts'
import { maglevTable } from './maglev.ts'

/** Slots of a weighted choice: shares are true to one percent. */
const WEIGHTED_SLOTS = 100
/** Slots of a sticky choice, for up to half as many targets; more targets have the next power of two. */
const STICKY_SLOTS = 64
/** Any number that all nodes share: a client that moves keeps its target. */
const STICKY_SEED = 0x6f616b

/**
 * The targets of a service by slot; the kernel picks a slot for each new connection, by {@link chooser}. A service with one
 * target has one slot, whatever the choice.
 */
export function slotsOf({ choice, targets }: ServiceEntry): readonly Target[] {
  if (targets.length < 2 || choice === undefined || choice === 'turns') return targets
  return choice === 'weighted' ? weightedSlots(targets) : stickySlots(targets)
}

/** The expression of nft that picks a slot, for a service with several targets. */
export function chooser(service: ServiceEntry, family: Family): string {
  const count = slotsOf(service).length
  switch (service.choice) {
    case 'weighted':
      return `numgen random mod ${count}`
    case 'sticky':
      return `jhash ${family === 'v4' ? 'ip' : 'ip6'} saddr mod ${count} seed ${STICKY_SEED}`
    default:
      return `numgen inc mod ${count}`
  }
}

/** As many slots for each target as its share asks for; what is left over goes to the largest remainders. */
function weightedSlots(targets: readonly Target[]): readonly Target[] {
  const size = Math.max(WEIGHTED_SLOTS, targets.length)
  const given = targets.map(({ weight = 1 }) => (Number.isFinite(weight) ? Math.max(0, weight) : 0))
  const weights = given.some((weight) => weight > 0) ? given : targets.map(() => 1)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = weights.map((weight) => (weight / total) * size)
  const counts = shares.map(Math.floor)
  const left = size - counts.reduce((sum, count) => sum + count, 0)
  const byRemainder = shares.map((share, at) => ({ at, rest: share % 1 })).toSorted((a, b) => b.rest - a.rest || a.at - b.at)
  for (const { at } of byRemainder.slice(0, left)) counts[at] = (counts[at] ?? 0) + 1
  return targets.flatMap((target, at) => Array.from({ length: counts[at] ?? 0 }, () => target))
}

/** By the IPv4 addresses, in both families: a client that speaks both meets one target. */
function stickySlots(targets: readonly Target[]): readonly Target[] {
  let size = STICKY_SLOTS
  while (size < 2 * targets.length) size *= 2
  const byName = new Map(targets.map((target) => [target.v4, target]))
  return maglevTable([...byName.keys()], size).flatMap((name) => byName.get(name) ?? [])
}
