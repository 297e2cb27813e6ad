import { EVENT_KINDS, EVENT_OBJECTS } from '@oakestra/model'
import { z } from 'zod'

const actorSchema = z
  .object({
    kind: z.enum(['user', 'system', 'cluster', 'node']),
    id: z.string().optional(),
    name: z.string().optional(),
  })
  .meta({ id: 'EventActor' })

const detailSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])

/** One event, in our own words: upstream has no such thing. */
export const wireEventSchema = z
  .object({
    id: z.string().describe('Sixteen digits. A later event has a greater id.'),
    timeMs: z.number().describe('Milliseconds since 1970, by the wall clock of root.'),
    actor: actorSchema,
    kind: z.enum(Object.keys(EVENT_KINDS) as (keyof typeof EVENT_KINDS)[]),
    object: z.object({ type: z.enum(EVENT_OBJECTS), id: z.string(), name: z.string().optional() }).meta({ id: 'EventObject' }),
    applicationId: z.string().optional(),
    serviceId: z.string().optional(),
    instanceNumber: z.int().optional(),
    clusterId: z.string().optional(),
    nodeId: z.string().optional(),
    reason: z.string().optional().describe('One sentence for people.'),
    details: z.record(z.string(), detailSchema).optional().describe('What else there is to say; the members depend on the kind.'),
  })
  .meta({ id: 'Event' })
export type WireEvent = z.infer<typeof wireEventSchema>

/** What an instance used at one moment. */
export const wireInstanceSampleSchema = z
  .object({
    instanceId: z.string(),
    cpuPercent: z.number().describe('Percent of one machine: 100 is every core busy.'),
    memoryBytes: z.number(),
    timeMs: z.number(),
  })
  .meta({ id: 'InstanceSample' })
export type WireInstanceSample = z.infer<typeof wireInstanceSampleSchema>

/** One line of what administrators read to see who did what, and who was refused. */
export const wireAuditEntrySchema = z
  .object({
    id: z.string().describe('Sixteen digits. A later entry has a greater id.'),
    timeMs: z.number(),
    action: z.string().describe('`login`, or the operation as `METHOD /path`.'),
    outcome: z.enum(['done', 'refused', 'failed']),
    userId: z.string().optional(),
    userName: z.string().optional().describe('As it was given; for a refused login nobody vouches for it.'),
    address: z.string().describe('Where the request came from.'),
    target: z.string().optional().describe('The path of the request, without its query.'),
    status: z.int().describe('HTTP status of the answer.'),
    code: z.string().optional().describe('Code of the refusal.'),
    reason: z.string().optional(),
    requestId: z.string(),
  })
  .meta({ id: 'AuditEntry' })
export type WireAuditEntry = z.infer<typeof wireAuditEntrySchema>
