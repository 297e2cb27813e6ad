import { type Policy, targetOf } from './policy.ts'

/** The same instance for the same client; when the instances change, few clients do. */
export const sticky: Policy = { pick: (candidates) => ({ choice: 'sticky', targets: candidates.map(targetOf) }) }
