import type { ServiceDocument } from './descriptor-file.ts'

/** One field of a descriptor that an update changes; undefined is a field that is not there. */
export interface Difference {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

/** Other spellings of fields: `reference/orchestration.md` 3.4. */
const SPELLINGS: Readonly<Record<string, string>> = { image: 'code', env: 'environment', vcpu: 'vcpus', vgpu: 'vgpus' }

/** Fields that an update takes away by leaving them out. Others that only the server has are its own, or stay. */
const FIELDS = [
  'code',
  'virtualization',
  'cmd',
  'environment',
  'memory',
  'vcpus',
  'vgpus',
  'storage',
  'port',
  'one_shot',
  'privileged',
  'arch',
  'constraints',
  'volumes',
  'restart',
  'stop_grace',
  'health_check',
  'disconnect',
  'update',
] as const

/** What names the service, or is chosen once for its life: no update changes it. */
const FIXED: ReadonlySet<string> = new Set(['microserviceID', 'microservice_name', 'microservice_namespace', 'addresses', '_id'])

/** What differs between a service as the server shows it and a descriptor. Empty values read as absent, as the server reads them. */
export function diffDescriptor(present: object, next: ServiceDocument): readonly Difference[] {
  const before = canonical(present)
  const after = canonical(next)
  const fields = new Set<string>([...FIELDS, ...Object.keys(after)])
  return [...fields]
    .filter((field) => !FIXED.has(field))
    .map((field) => ({ field, before: before[field], after: after[field] }))
    .filter((difference) => ordered(difference.before) !== ordered(difference.after))
}

/** Two lines for a change, one for what appears or vanishes: `- memory: 100`, `+ memory: 200`. */
export function diffLines(differences: readonly Difference[]): readonly string[] {
  return differences.flatMap(({ field, before, after }) => [
    ...(before === undefined ? [] : [`- ${field}: ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`+ ${field}: ${JSON.stringify(after)}`]),
  ])
}

function canonical(document: object): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [key, raw] of Object.entries(document)) {
    const value = key === 'virtualization' && raw === 'docker' ? 'container' : raw
    const field = SPELLINGS[key] ?? key
    // The usual spelling wins over the other, wherever each stands.
    if (!isEmpty(value) && (field === key || result[field] === undefined)) result[field] = value
  }
  return result
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true
  if (Array.isArray(value)) return value.every((entry) => entry === '')
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** JSON with sorted keys, so that only what is said counts. */
function ordered(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
