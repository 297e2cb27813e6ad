import { serviceSchema } from '@oakestra/sla'
import { type Field, fieldsOf, type JsonSchema } from './form-fields.ts'

export interface Section {
  readonly title: string
  readonly help?: string
  /** Shown at once; the others are opened when needed. */
  readonly open?: true
  readonly fields: readonly Field[]
}

/** What most people look for comes first. What is in none of them goes to the last one. */
const SECTIONS: readonly (Omit<Section, 'fields'> & { readonly keys: readonly string[] })[] = [
  { title: 'What it is', open: true, keys: ['microservice_name', 'microservice_namespace', 'virtualization', 'code'] },
  { title: 'What it needs', open: true, keys: ['memory', 'vcpus', 'storage', 'vgpus'] },
  { title: 'How it runs', open: true, keys: ['port', 'cmd', 'environment', 'replicas', 'one_shot'] },
  { title: 'Addresses', help: 'Service addresses that stay the same. Left empty, free ones are chosen.', keys: ['addresses'] },
  { title: 'Where it may run', keys: ['constraints', 'arch'] },
  { title: 'Health and restarts', keys: ['health_check', 'restart', 'stop_grace'] },
  { title: 'Cut links and updates', keys: ['disconnect', 'update'] },
  { title: 'Storage', keys: ['volumes'] },
]
const REST: Omit<Section, 'fields'> = { title: 'More' }

/** Other spellings of fields that are there, and what root chooses. */
const HIDDEN = new Set(['microserviceID', 'image', 'env', 'vcpu', 'vgpu'])

/** The form of a service. Pure; made once. */
export const SERVICE_SECTIONS: readonly Section[] = sectionsOf(
  fieldsOf(serviceSchema.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as JsonSchema),
)

function sectionsOf(all: readonly Field[]): readonly Section[] {
  const fields = new Map(all.filter(({ key }) => !HIDDEN.has(key)).map((field) => [field.key, field]))
  const placed = SECTIONS.map(({ keys, ...section }) => ({ ...section, fields: keys.flatMap((key) => fields.get(key) ?? []) }))
  const known = new Set(SECTIONS.flatMap(({ keys }) => keys))
  const rest = [...fields.values()].filter(({ key }) => !known.has(key))
  return rest.length > 0 ? [...placed, { ...REST, fields: rest }] : placed
}

/** Which members of a constraint its type reads; another type may have any. */
export const CONSTRAINT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  direct: ['cluster', 'node'],
  clusters: ['allowed'],
  addons: ['needs'],
  labels: ['needs'],
  geo: ['location', 'threshold', 'rigidness', 'convergence_time'],
  latency: ['area', 'threshold', 'rigidness', 'convergence_time'],
}
