import { closest } from './closest.ts'
import { fastest } from './fastest.ts'
import { leastLoaded } from './least-loaded.ts'
import type { Policy, PolicyName } from './policy.ts'
import { roundRobin } from './round-robin.ts'
import { sticky } from './sticky.ts'

/** Every policy by the name that service addresses carry. */
export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  'round-robin': roundRobin,
  closest,
  fastest,
  'least-loaded': leastLoaded,
  sticky,
}
