import {
  type ParseResult,
  parseServices,
  parseSla,
  type ServiceDescriptor,
  type Sla,
  serviceSchema,
  slaSchema,
  violationsOf,
} from '@oakestra/sla'
import { z } from 'zod'
import { clusters } from '../state/collections.ts'
import type { RootApiDeps } from './deps.ts'
import type { BodyReader } from './route.ts'

/** A body that a schema alone describes. */
export function schemaBody<Schema extends z.ZodType>(schema: Schema): BodyReader<z.infer<Schema>> {
  return { schema, required: true, parse: async (json) => parseWith(schema, json) }
}

export function parseWith<Schema extends z.ZodType>(schema: Schema, json: unknown): ParseResult<z.infer<Schema>> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data, notes: [] }
  return { ok: false, violations: violationsOf(parsed.error, json) }
}

/** Remarks on a document that was accepted. */
export const notesSchema = z.array(z.object({ path: z.string(), text: z.string() })).describe('What was accepted, but has no effect.')

/** A deployment document. The status of its refusal is upstream's, which differs between routes (`reference/orchestration.md` 3.5). */
export function slaBody(refusalStatus: 400 | 422): BodyReader<Sla> {
  return {
    schema: slaSchema,
    required: true,
    refusalStatus,
    parse: async (json, deps) => parseSla(json, { runtimes: await offeredRuntimes(deps) }),
  }
}

/** Services for an application that exists: a deployment document, or their bare list with the id of the application beside it. */
export const addedServicesBody: BodyReader<Sla> = {
  ...slaBody(400),
  async parse(json, deps) {
    const options = { runtimes: await offeredRuntimes(deps) }
    if (!isBareList(json)) return parseSla(json, options)
    const id = parseWith(bareListSchema, json)
    const services = parseServices(json, options)
    if (!id.ok || !services.ok) return { ok: false, violations: [id, services].flatMap((part) => (part.ok ? [] : part.violations)) }
    const entry = { name: '', namespace: '', description: '', applicationId: id.value.applicationID, services: services.value, source: {} }
    return { ok: true, value: { version: 'v2.0', customerId: '', applications: [entry] }, notes: services.notes }
  },
}

const APPLICATION_ID = 'the id of the application to add to'
const bareListSchema = z.looseObject({ applicationID: z.string({ error: APPLICATION_ID }).min(1, { error: APPLICATION_ID }) })

function isBareList(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'microservices' in json && !('applications' in json) && !('sla_version' in json)
}

/** A service of a document, and where it stands there: a prefix of paths, empty for the whole document. */
export interface DocumentedService {
  readonly descriptor: ServiceDescriptor
  readonly path: string
}

/** One service, or any document that holds it among others. */
export const servicesBody: BodyReader<readonly DocumentedService[]> = {
  schema: serviceSchema,
  required: true,
  async parse(json, deps) {
    const result = parseServices(json, { runtimes: await offeredRuntimes(deps) })
    if (!result.ok) return result
    const paths = servicePaths(json)
    return { ...result, value: result.value.map((descriptor, index) => ({ descriptor, path: paths[index] ?? '' })) }
  },
}

/** In the order in which services are read out of a document. */
function servicePaths(json: unknown, prefix = ''): readonly string[] {
  const { applications, microservices } = json as { readonly applications?: unknown; readonly microservices?: unknown }
  if (Array.isArray(applications)) return applications.flatMap((each, index) => servicePaths(each, `applications[${index}].`))
  if (Array.isArray(microservices)) return microservices.map((_, index) => `${prefix}microservices[${index}].`)
  return prefix === '' ? [''] : []
}

/** Words that some cluster's nodes offer, beyond those everybody knows. */
async function offeredRuntimes(deps: RootApiDeps): Promise<ReadonlySet<string>> {
  const known = await deps.store.read((reader) => reader.list(clusters))
  return new Set(known.flatMap((cluster) => cluster.facts?.virtualizations ?? []))
}
