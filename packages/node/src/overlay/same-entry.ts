import type { ServiceEntry } from '@oakestra/net'
import type { PlannedAddress } from './plan-services.ts'

/**
 * Gives for each entry the object that was planned before, when it says the same. The network reads objects that it knows no
 * second time, which makes a change among ten thousand services cheap; so none is ever changed.
 * @returns the list of before when nothing of it changed
 */
export function sameWhereAlike(before: readonly PlannedAddress[], planned: readonly PlannedAddress[]): readonly PlannedAddress[] {
  const same = planned.map((each) => {
    const other = before.find(({ key }) => key === each.key)
    if (!other || !isSame(other.entry, each.entry)) return each
    return other.preference === each.preference ? other : { ...each, entry: other.entry }
  })
  return same.length === before.length && same.every((each, at) => each === before[at]) ? before : same
}

type Targets = ServiceEntry['targets']

function isSame(a: ServiceEntry, b: ServiceEntry): boolean {
  return (
    a.v4 === b.v4 &&
    a.v6 === b.v6 &&
    a.policy === b.policy &&
    a.choice === b.choice &&
    areSame(a.targets, b.targets) &&
    areSame(a.kept ?? [], b.kept ?? [])
  )
}

function areSame(a: Targets, b: Targets): boolean {
  return a.length === b.length && a.every(({ v4, v6, weight }, at) => v4 === b[at]?.v4 && v6 === b[at]?.v6 && weight === b[at]?.weight)
}
