import type { ServiceDescriptor } from '@oakestra/sla'

/**
 * Whether the rules that name clusters allow this one. `reference/orchestration.md` 4.1. All other rules, and room, are for the
 * cluster itself to look at: it moves what its node can no longer hold, and says so when no node can.
 */
export function mayRunIn({ constraints }: ServiceDescriptor, clusterName: string): boolean {
  return constraints.every((constraint) => {
    if (constraint.type === 'direct') return constraint.cluster === undefined || constraint.cluster === clusterName
    return constraint.type !== 'clusters' || constraint.allowed.includes(clusterName)
  })
}
