import { BALANCING_POLICIES, type BalancingPolicy, isBalancingPolicy, parseAddress } from './address-plan.ts'
import type { Violation } from './descriptor.ts'
import { type Bag, isBag, violation } from './raw.ts'
import type { Path } from './violations.ts'

/** One address that a service asks for. */
interface Wish {
  readonly path: readonly string[]
  readonly policy: BalancingPolicy
  readonly family: 4 | 6
  readonly text: string
  /** What it means, for one address has many spellings. */
  readonly value: bigint | undefined
}

const UPSTREAM_WORDS = [
  { word: 'rr_ip', policy: 'round-robin', family: 4 },
  { word: 'rr_ip_v6', policy: 'round-robin', family: 6 },
  { word: 'closest_ip', policy: 'closest', family: 4 },
  { word: 'closest_ip_v6', policy: 'closest', family: 6 },
] as const

/** An address stands for one way to choose an instance; and a way has one address of each family. */
export function addressRules(addresses: unknown, path: Path): readonly Violation[] {
  if (!isBag(addresses)) return []
  const policies = isBag(addresses['policies']) ? addresses['policies'] : {}
  const wishes = [...upstreamWishes(addresses), ...policyWishes(policies)]
  return [...unknownPolicies(policies, path), ...wishes.flatMap((wish, index) => clash(wish, wishes.slice(0, index), path))]
}

function unknownPolicies(policies: Bag, path: Path): readonly Violation[] {
  const unknown = Object.keys(policies).filter((word) => !isBalancingPolicy(word))
  return unknown.map((word) => violation([...path, 'policies', word], `a policy: one of ${BALANCING_POLICIES.join(', ')}`, word))
}

function clash({ path: at, policy, family, text, value }: Wish, before: readonly Wish[], path: Path): readonly Violation[] {
  if (value === undefined) return []
  const same = before.find((other) => other.family === family && other.value === value && other.policy !== policy)
  if (same) return [violation([...path, ...at], `another address than ${same.path.join('.')}`, text)]
  const other = before.find((each) => each.family === family && each.policy === policy && each.value !== value)
  return other ? [violation([...path, ...at], `the same address as ${other.path.join('.')}`, text)] : []
}

function upstreamWishes(addresses: Bag): readonly Wish[] {
  return UPSTREAM_WORDS.flatMap(({ word, policy, family }) => wishOf([word], policy, family, addresses[word]))
}

function policyWishes(policies: Bag): readonly Wish[] {
  return BALANCING_POLICIES.flatMap((policy) => {
    const pair = policies[policy]
    if (!isBag(pair)) return []
    return [...wishOf(['policies', policy, 'v4'], policy, 4, pair['v4']), ...wishOf(['policies', policy, 'v6'], policy, 6, pair['v6'])]
  })
}

function wishOf(path: readonly string[], policy: BalancingPolicy, family: 4 | 6, text: unknown): readonly Wish[] {
  if (typeof text !== 'string' || text === '') return []
  return [{ path, policy, family, text, value: parseAddress({ family }, text) }]
}
