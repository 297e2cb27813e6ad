import { LIMITS } from '@oakestra/base'
import type { z } from 'zod'
import { boundsViolation } from './bounds.ts'
import type { ApplicationDescriptor, Note, ParseResult, ServiceDescriptor, Sla, Violation } from './descriptor.ts'
import { isBag } from './raw.ts'
import { readService } from './read-service.ts'
import { type ParseOptions, serviceRules, uniqueNames } from './rules.ts'
import { type ApplicationDocument, type ServiceDocument, serviceListSchema, serviceSchema, slaSchema } from './schema.ts'
import { type Path, violationsOf } from './violations.ts'

/** Reads a whole deployment document, or says everything that is wrong with it. Never throws. `reference/orchestration.md` 3. */
export function parseSla(json: unknown, options: ParseOptions = {}): ParseResult<Sla> {
  const checked = check(slaSchema, json, () => documentRules(json, options))
  if (!checked.ok) return checked
  const notes: Note[] = versionNotes(checked.value.sla_version)
  const applications = checked.value.applications.map((application, index) => readApplication(application, ['applications', index], notes))
  return { ok: true, value: { version: 'v2.0', customerId: checked.value.customerID ?? '', applications }, notes }
}

function versionNotes(version: string | number): Note[] {
  if (version === 'v2.0') return []
  return [{ path: 'sla_version', text: `${JSON.stringify(version)} is a former version; the document was read as v2.0` }]
}

/**
 * Reads services from any form people keep them in: a whole document (all its applications' services), a bare
 * `{microservices: [...]}`, or one service. Never throws.
 */
export function parseServices(json: unknown, options: ParseOptions = {}): ParseResult<readonly ServiceDescriptor[]> {
  if (isBag(json) && ('sla_version' in json || 'applications' in json)) {
    const sla = parseSla(json, options)
    return sla.ok ? { ...sla, value: sla.value.applications.flatMap((application) => application.services) } : sla
  }
  return isBag(json) && 'microservices' in json ? parseServiceList(json, options) : parseService(json, options)
}

function parseServiceList(json: Readonly<Record<string, unknown>>, options: ParseOptions): ParseResult<readonly ServiceDescriptor[]> {
  const checked = check(serviceListSchema, json, () => listRules(json['microservices'], ['microservices'], options))
  if (!checked.ok) return checked
  const notes: Note[] = []
  return { ok: true, value: readServices(checked.value.microservices, ['microservices'], notes), notes }
}

function parseService(json: unknown, options: ParseOptions): ParseResult<readonly ServiceDescriptor[]> {
  const checked = check(serviceSchema, json, () => serviceRules(json, [], options))
  if (!checked.ok) return checked
  const notes: Note[] = []
  return { ok: true, value: readServices([checked.value], [], notes), notes }
}

type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly violations: readonly Violation[] }

function check<Schema extends z.ZodType>(schema: Schema, json: unknown, rules: () => readonly Violation[]): Checked<z.infer<Schema>> {
  const bounds = boundsViolation(json)
  if (bounds) return { ok: false, violations: [bounds] }
  const parsed = schema.safeParse(json)
  const violations = [...(parsed.success ? [] : violationsOf(parsed.error, json)), ...rules()]
  if (parsed.success && violations.length === 0) return { ok: true, value: parsed.data }
  return { ok: false, violations: violations.slice(0, LIMITS.violationsListed) }
}

function documentRules(json: unknown, options: ParseOptions): readonly Violation[] {
  const applications = isBag(json) ? json['applications'] : undefined
  if (!Array.isArray(applications)) return []
  return applications.flatMap((application: unknown, index) =>
    isBag(application) ? listRules(application['microservices'], ['applications', index, 'microservices'], options) : [],
  )
}

function listRules(services: unknown, path: Path, options: ParseOptions): readonly Violation[] {
  if (!Array.isArray(services)) return []
  const own = services.flatMap((service: unknown, index) => serviceRules(service, [...path, index], options))
  return [...own, ...uniqueNames(services, path)]
}

function readApplication(document: ApplicationDocument, path: Path, notes: Note[]): ApplicationDescriptor {
  const {
    applicationID,
    application_name,
    application_namespace,
    application_desc,
    isolated,
    microservices,
    action: _,
    _id: __,
    ...rest
  } = document
  return {
    name: application_name,
    namespace: application_namespace,
    description: application_desc ?? '',
    ...(applicationID ? { applicationId: applicationID } : {}),
    ...(typeof isolated === 'boolean' ? { isolated } : {}),
    services: readServices(microservices ?? [], [...path, 'microservices'], notes),
    source: rest,
  }
}

function readServices(documents: readonly ServiceDocument[], path: Path, notes: Note[]): readonly ServiceDescriptor[] {
  return documents.map((document, index) => readService(document, document, path.length === 0 ? [] : [...path, index], notes))
}
