import { wireAuditEntrySchema } from '@oakestra/wire'
import { z } from 'zod'
import { type AuditFilter, listAudit as auditPage } from '../../events/audit/list-audit.ts'
import { filterParameters, fromIdOf } from '../events/event-query.ts'
import { fromCursor, toCursor } from '../paging/cursor.ts'
import { answerPage } from '../paging/page.ts'
import { limitOf, pageParameters } from '../paging/page-query.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

const LIMIT_DEFAULT = 100
const OUTCOMES = ['done', 'refused', 'failed'] as const

const query = z.object({
  user: z.string().max(256, { error: 'the name of a user' }).optional().describe('Name of a user, as it was given.'),
  action: z
    .string()
    .max(256, { error: 'an action, or how it begins' })
    .optional()
    .describe('An action, or how it begins: `login`, `DELETE`.'),
  outcome: z.enum(OUTCOMES, { error: OUTCOMES.join(', ') }).optional(),
  since: filterParameters.since,
  ...pageParameters,
})

export const listAudit = defineRoute({
  method: 'GET',
  path: '/api/audit',
  tag: 'events',
  summary: 'List logins, refusals, and changes of accounts, machines and settings, the newest first',
  description: 'What users change of applications is in the events.',
  permission: anyOf('Admin'),
  query,
  answer: z.array(wireAuditEntrySchema),
  async handle(deps, { query }) {
    const [beforeId] = query.cursor === undefined ? [] : fromCursor(query.cursor, ['string'])
    const filter: AuditFilter = { userName: query.user, action: query.action, outcome: query.outcome }
    const limit = limitOf(query) ?? LIMIT_DEFAULT
    const range = { limit, fromId: fromIdOf(query), ...(beforeId !== undefined && { beforeId: String(beforeId) }) }
    const { entries, nextBeforeId } = await deps.store.read((reader) => auditPage(reader, filter, range))
    return answerPage({ items: entries, nextCursor: nextBeforeId === undefined ? undefined : toCursor([nextBeforeId]) }, entries)
  },
})
