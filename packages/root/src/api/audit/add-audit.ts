import type { OakError } from '@oakestra/base'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AuditLog, type AuditLogDeps } from '../../events/audit/audit-log.ts'
import { auditOf, LOGIN_ROUTE } from '../../events/audit/audit-of.ts'
import { RefusalThrottle } from '../../events/audit/refusal-throttle.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Group of the route in the API's document. */
    tag?: string
  }
  interface FastifyRequest {
    /** Set when the request was refused or failed. */
    failure: OakError | undefined
  }
}

/** Keeps the audit log: looks at every request after it was answered. */
export function addAudit(app: FastifyInstance, deps: AuditLogDeps): void {
  const log = new AuditLog(deps)
  const throttle = new RefusalThrottle(deps.clock)
  app.decorateRequest('failure', undefined)
  app.addHook('onResponse', async (request, reply) => {
    const entry = entryOf(request, reply.statusCode)
    if (!entry) return
    const listing = entry.outcome === 'refused' ? throttle.count(request.ip) : 'listed'
    if (listing === 'last') log.note({ ...entry, reason: `${entry.reason ?? 'refused'}; more refusals of this minute are not listed` })
    else if (listing === 'listed') log.note(entry)
  })
  app.addHook('onClose', () => log.flush())
}

function entryOf(request: FastifyRequest, status: number): ReturnType<typeof auditOf> {
  const { config, url, method } = request.routeOptions
  return auditOf({
    method: typeof method === 'string' ? method : request.method,
    route: url ?? '',
    tag: config.tag ?? '',
    path: request.url.split('?')[0] ?? '',
    status,
    actor: request.actor,
    loginName: url === LOGIN_ROUTE ? loginName(request.body) : undefined,
    failure: request.failure,
    address: request.ip,
    requestId: request.id,
  })
}

function loginName(body: unknown): string | undefined {
  const name = typeof body === 'object' && body !== null && 'username' in body ? body.username : undefined
  return typeof name === 'string' ? name : undefined
}
