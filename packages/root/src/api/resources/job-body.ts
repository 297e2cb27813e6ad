import type { ServiceDescriptor } from '@oakestra/sla'
import { isJson, type Json } from '../../hooks/merge-answer.ts'
import { servicesBody } from '../bodies.ts'
import type { BodyReader } from '../route.ts'

/** A service in the form of upstream's jobs: its descriptor, and where it belongs. */
export interface JobRequest {
  readonly descriptor: ServiceDescriptor
  readonly applicationId?: string
  readonly applicationName?: string
  readonly applicationNamespace?: string
  readonly jobName?: string
}

/** What is not the user's to say: root gives these, or sees them. */
const COMPUTED: ReadonlySet<string> = new Set([
  '_id',
  'microserviceID',
  'applicationID',
  'job_name',
  'app_name',
  'app_ns',
  'application_name',
  'application_namespace',
  'service_name',
  'service_ns',
  'next_instance_progressive_number',
  'instance_list',
  'status',
  'status_detail',
  'revision',
  'rollout',
  'version',
])

/** What upstream's clusters write into jobs; here it is known from reports. */
const OBSERVED = ['status', 'status_detail', 'instance_list', 'next_instance_progressive_number'] as const

/** The descriptor in a job: without what root adds to it. */
export function descriptorIn(job: Json): Json {
  return Object.fromEntries(Object.entries(job).filter(([key]) => !COMPUTED.has(key)))
}

/** A member of a change that only reports change, if there is one. */
export function observedIn(job: Json): string | undefined {
  return OBSERVED.find((key) => Object.hasOwn(job, key))
}

/** A whole job. */
export const jobBody: BodyReader<JobRequest> = {
  schema: servicesBody.schema,
  required: true,
  async parse(json, deps) {
    const result = await servicesBody.parse(isJson(json) ? descriptorIn(json) : json, deps)
    if (!result.ok) return result
    const [documented] = result.value
    if (!documented) return { ok: false, violations: [{ path: '', expected: 'a service', found: 'nothing' }] }
    return { ...result, value: { descriptor: documented.descriptor, ...whereabouts(json) } }
  },
}

function whereabouts(json: unknown): Omit<JobRequest, 'descriptor'> {
  if (!isJson(json)) return {}
  const text = (...keys: readonly string[]) =>
    keys.map((key) => json[key]).find((value): value is string => typeof value === 'string' && value !== '')
  const [applicationId, jobName] = [text('applicationID'), text('job_name')]
  const [applicationName, applicationNamespace] = [text('app_name', 'application_name'), text('app_ns', 'application_namespace')]
  return {
    ...(applicationId !== undefined && { applicationId }),
    ...(applicationName !== undefined && { applicationName }),
    ...(applicationNamespace !== undefined && { applicationNamespace }),
    ...(jobName !== undefined && { jobName }),
  }
}
