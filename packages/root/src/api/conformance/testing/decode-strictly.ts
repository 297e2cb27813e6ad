import { z } from 'zod'
import type { Answer } from './started-root.ts'

/*
 * What the released clients decode, with their types: the Go CLI's (`reference/experience.md` 2.3), what the Python CLI
 * insists on (2.4), and what the dashboard reads without asking whether it is there (1.5). Kept apart from our own
 * schemas, so that a change of those shows here.
 */

const text = z.string()
const texts = z.array(z.string())
const whole = z.int()
const oid = z.object({ $oid: z.string().regex(/^[0-9a-f]{24}$/) })
/** The Go CLI takes null for all of its own fields, and absence too. */
const orNull = <T extends z.ZodType>(type: T) => type.nullish()

const application = z.object({
  _id: oid,
  applicationID: text,
  application_name: text,
  application_namespace: text,
  application_desc: text,
  userId: text,
  microservices: texts,
})

const point = z.object({ value: text.regex(/^\d+\.\d+$/), timestamp: text.refine((when) => !Number.isNaN(Date.parse(when))) })

const instance = z.object({
  instance_number: whole,
  host_port: orNull(whole),
  status: text.min(1),
  status_detail: orNull(text),
  publicip: text,
  cluster_id: text,
  cluster_location: text,
  host_ip: orNull(text),
  worker_id: orNull(text),
  logs: text,
  disk: text,
  cpu_percent: text,
  memory_percent: text,
  cpu_history: z.array(point),
  memory_history: z.array(point),
})

const service = z.object({
  _id: oid,
  microserviceID: text,
  microservice_name: text,
  microservice_namespace: text,
  applicationID: text,
  application_name: orNull(text),
  app_name: text,
  app_ns: text,
  job_name: text,
  status: text.optional(),
  status_detail: text.optional(),
  port: orNull(text),
  code: text,
  image: text,
  virtualization: text,
  RR_ip: orNull(text),
  memory: orNull(whole),
  vcpus: orNull(whole),
  vgpus: orNull(whole),
  cmd: orNull(texts),
  environment: orNull(texts),
  next_instance_progressive_number: whole,
  instance_list: z.array(instance),
})

const cluster = z.object({
  _id: text,
  cluster_name: text,
  candidate_name: text,
  ip: text,
  port: z.union([text, z.number()]),
  cluster_location: text,
  active: z.boolean(),
  active_nodes: whole,
  total_cpu_cores: whole,
  total_gpu_cores: whole,
  vcpus: whole,
  vgpus: whole,
  memory_in_mb: whole,
  vram: orNull(whole),
  cpu_percent: orNull(z.number()),
  memory_percent: orNull(z.number()),
  gpu_percent: orNull(z.number()),
  gpu_temp: orNull(z.number()),
  vram_percent: orNull(z.number()),
  last_modified_timestamp: z.number(),
  aggregated_cpu_percent: z.number(),
  virtualization: texts,
  csi_drivers: orNull(texts),
  supported_addons: texts,
  gpu_drivers: orNull(texts),
})

const role = z.enum(['Admin', 'Organization_Admin', 'Application_Provider', 'Infrastructure_Provider'])
const user = z
  .object({
    _id: oid,
    name: text,
    email: text,
    created_at: text.regex(/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/),
    roles: z.array(role),
    organization_id: text,
  })
  // A hash of a password under any name.
  .refine((sent) => !JSON.stringify(sent).includes('scrypt') && !('password' in sent), 'tells a password')
const organization = z.object({ _id: oid, name: text, member: z.array(z.object({ user_id: text, roles: z.array(role) })) })

const message = z.object({ message: text })
const refusal = z.object({ code: whole, status: text.min(1), message: text.min(1) })

/** Answers by method and path; the first that fits counts. */
const SHAPES: readonly (readonly [RegExp, z.ZodType])[] = [
  [/^POST \/api\/auth\/login/, z.object({ token: text, refresh_token: text })],
  [/^POST \/api\/auth\/refresh/, z.object({ token: text })],
  [/^POST \/api\/auth\/register/, user],
  [/^GET \/api\/permission\//, z.object({ roles: z.array(role) })],
  [/^(GET|PUT) \/api\/user\/[^/]+/, user],
  [/^(POST|DELETE) \/api\/user\/[^/]+/, message],
  [/^(POST|PUT) \/api\/user\/?$/, message],
  [/^GET \/api\/users/, z.array(user)],
  [/^GET \/api\/organization\/?$/, z.array(organization)],
  [/^GET \/api\/organization\//, organization],
  [/^(PUT|DELETE) \/api\/organization\//, message],
  // Read twice by the dashboard: what is left is the id.
  [/^POST \/api\/organization\/?$/, z.string().refine((inner) => typeof JSON.parse(inner) === 'string')],
  [/^POST \/api\/application\/?$/, z.array(application)],
  [/^GET \/api\/applications/, z.array(application)],
  [/^(GET|PUT) \/api\/application\//, application],
  [/^DELETE \/api\/application\//, message],
  [/^POST \/api\/service\/?$/, z.object({ job_id: text, deployed_services: z.array(z.object({ service_name: text, status: whole })) })],
  [/^GET \/api\/services/, z.array(service)],
  [/^(POST|DELETE) \/api\/service\/\w+\/instance(\/-?\d+)?\/?$/, message],
  [/^GET \/api\/service\/\w+\/?$/, service],
  [/^DELETE \/api\/service\/\w+\/?$/, message],
  [/^GET \/api\/clusters(\/active)?\/?$/, z.array(cluster)],
  [/^GET \/api\/cluster\//, cluster],
]

/** Fails on an answer that a released client could not read. */
export function decodeStrictly(
  method: string,
  path: string,
  { status, text: body, headers }: Pick<Answer, 'status' | 'text' | 'headers'>,
): void {
  const call = `${method} ${path.split('?')[0]}`
  if (method === 'OPTIONS' || body === '' || !headers.get('content-type')?.includes('json')) return
  const shape = status >= 400 ? refusal : SHAPES.find(([pattern]) => pattern.test(call))?.[1]
  const parsed = shape?.safeParse(JSON.parse(body))
  if (parsed && !parsed.success) throw new Error(`${call} answers what clients cannot read: ${z.prettifyError(parsed.error)}\n${body}`)
}
