import type { Api } from '@oakestra/api-client'

type Candidate = Api.Instance['candidates'][number]

export interface GroupedReason {
  readonly reasons: readonly string[]
  /** Names of those that were turned down for the same. */
  readonly names: readonly string[]
}

/** Those with the same reasons together, the most common first: a hundred nodes that lack memory are one thing to know. Pure. */
export function groupReasons(candidates: readonly Candidate[]): readonly GroupedReason[] {
  const groups = new Map<string, { readonly reasons: readonly string[]; readonly names: string[] }>()
  for (const { name, reasons } of candidates) {
    const key = reasons.join('\n')
    const known = groups.get(key)
    if (known) known.names.push(name)
    else groups.set(key, { reasons, names: [name] })
  }
  return [...groups.values()].toSorted((a, b) => b.names.length - a.names.length)
}

export interface Trouble {
  readonly numbers: readonly number[]
  readonly status: string
  readonly detail: string
  readonly groups: readonly GroupedReason[]
}

const FINE = new Set(['RUNNING', 'COMPLETED', 'UNDEPLOYED'])

/** Instances that do not run, those for the same reason together. Pure. */
export function troublesOf(instances: readonly Api.Instance[]): readonly Trouble[] {
  const troubles = new Map<string, { readonly numbers: number[]; readonly instance: Api.Instance }>()
  for (const instance of instances) {
    const isFine = FINE.has(instance.status) && instance.health !== 'unhealthy' && instance.candidates.length === 0
    if (isFine) continue
    const key = JSON.stringify([instance.status, instance.status_detail, instance.candidates])
    const known = troubles.get(key)
    if (known) known.numbers.push(instance.instance_number)
    else troubles.set(key, { numbers: [instance.instance_number], instance })
  }
  return [...troubles.values()].map(({ numbers, instance }) => ({
    numbers,
    status: instance.status,
    detail: instance.status_detail,
    groups: groupReasons(instance.candidates),
  }))
}
