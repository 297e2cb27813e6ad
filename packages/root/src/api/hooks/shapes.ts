import { z } from 'zod'
import { HOOK_EVENTS, type Hook, type HookDelivery, TIMEOUT_DEFAULT_MS, TIMEOUT_MAX_MS } from '../../hooks/hook.ts'
import { parseHookUrl } from '../../hooks/hook-address.ts'

const NAME_EXPECTED = 'a name: 1 to 63 letters, digits, ".", "-" and "_"'
const EVENTS_EXPECTED = `a list of ${HOOK_EVENTS.join(', ')}`
const TIMEOUT_EXPECTED = `a whole number of milliseconds from 100 to ${TIMEOUT_MAX_MS}`
const SECRET_EXPECTED = 'a secret of 16 to 256 characters'

/** What a user says about a hook; all of it optional here, for a change names what it changes. */
const members = {
  hook_name: z.string({ error: NAME_EXPECTED }).regex(/^[\w][\w.-]{0,62}$/, { error: NAME_EXPECTED }),
  webhook_url: z
    .string({ error: 'an http: or https: address' })
    .refine((text) => isUrl(text), { error: 'an http: or https: address without user and password, outside of link-local networks' }),
  entity: z
    .string({ error: NAME_EXPECTED })
    .regex(/^[\w][\w.-]{0,62}$/, { error: NAME_EXPECTED })
    .describe('applications, services, instances, clusters, a custom type; or upstream’s jobs, job, resources.'),
  events: z
    .array(z.enum(HOOK_EVENTS, { error: EVENTS_EXPECTED }), { error: EVENTS_EXPECTED })
    .min(1, { error: EVENTS_EXPECTED })
    .max(32, { error: EVENTS_EXPECTED }),
}
const choices = {
  on_failure: z
    .enum(['open', 'closed'], { error: 'open or closed' })
    .describe('What becomes of a change when a pre_* call gets no answer: it goes on, or is refused.'),
  timeout_ms: z.int({ error: TIMEOUT_EXPECTED }).min(100, { error: TIMEOUT_EXPECTED }).max(TIMEOUT_MAX_MS, { error: TIMEOUT_EXPECTED }),
  secret: z
    .string({ error: SECRET_EXPECTED })
    .min(16, { error: SECRET_EXPECTED })
    .max(256, { error: SECRET_EXPECTED })
    .describe('With which calls are signed.'),
}

function isUrl(text: string): boolean {
  try {
    return parseHookUrl(text).href !== ''
  } catch {
    return false
  }
}

const optional = {
  on_failure: choices.on_failure.optional(),
  timeout_ms: choices.timeout_ms.optional().describe(`Longest wait for an answer; ${TIMEOUT_DEFAULT_MS} where nothing is said.`),
  secret: choices.secret.optional(),
}

export const newHookBody = z.looseObject({ ...members, ...optional }, { error: 'a hook' }).meta({ id: 'NewHook' })
export const hookChangeBody = z
  .looseObject({ ...z.object(members).partial().shape, ...optional }, { error: 'members of a hook' })
  .meta({ id: 'HookChange' })

export const hookSchema = z
  .object({
    _id: z.string(),
    hook_name: z.string(),
    webhook_url: z.string(),
    entity: z.string(),
    events: z.array(z.enum(HOOK_EVENTS)),
    on_failure: z.enum(['open', 'closed']),
    timeout_ms: z.int(),
    dropped_events: z.int().describe('Not kept because too many waited already.'),
  })
  .meta({ id: 'Hook' })

export const createdHookSchema = hookSchema
  .extend({ secret: z.string().describe('With which calls are signed. It is shown only here.') })
  .meta({ id: 'CreatedHook' })

export function hookView({ id, name, url, entity, events, onFailure, timeoutMs, dropped }: Hook): z.infer<typeof hookSchema> {
  return {
    _id: id,
    hook_name: name,
    webhook_url: url,
    entity,
    events: [...events],
    on_failure: onFailure,
    timeout_ms: timeoutMs,
    dropped_events: dropped,
  }
}

export const deliverySchema = z
  .object({
    id: z.string(),
    hook_id: z.string(),
    state: z.enum(['waiting', 'failed']),
    event: z.string(),
    entity: z.string(),
    entity_id: z.string(),
    happened_at: z.string(),
    attempts: z.int(),
    last_error: z.string().optional(),
    next_attempt_at: z.string().optional(),
    failed_at: z.string().optional(),
  })
  .meta({ id: 'HookDelivery' })

export function deliveryView(delivery: HookDelivery): z.infer<typeof deliverySchema> {
  const { id, hookId, event, body, happenedAtMs, attempts, lastError, dueAtMs, deadAtMs } = delivery
  return {
    id,
    hook_id: hookId,
    state: deadAtMs === undefined ? 'waiting' : 'failed',
    event,
    entity: String(body['entity']),
    entity_id: String(body['entity_id']),
    happened_at: iso(happenedAtMs),
    attempts,
    ...(lastError !== undefined && { last_error: lastError }),
    ...(dueAtMs !== undefined && { next_attempt_at: iso(dueAtMs) }),
    ...(deadAtMs !== undefined && { failed_at: iso(deadAtMs) }),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
