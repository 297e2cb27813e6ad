import type { OakError } from '@oakestra/base'
import type { Actor } from '../../accounts/actor.ts'
import { shortened } from '../event-limits.ts'
import type { NewAuditEntry } from './audit-log.ts'

/** A request that was answered, as far as the audit log cares. */
export interface AnsweredRequest {
  readonly method: string
  /** Pattern of the route. */
  readonly route: string
  /** Group of the route in the API's document. */
  readonly tag: string
  /** The path as it was asked for, without the query. */
  readonly path: string
  readonly status: number
  readonly actor?: Actor | undefined
  /** Whom a login named. */
  readonly loginName?: string | undefined
  readonly failure?: OakError | undefined
  readonly address: string
  readonly requestId: string
}

export const LOGIN_ROUTE = '/api/auth/login'
/** What these change, events tell. */
const TOLD_BY_EVENTS: ReadonlySet<string> = new Set(['applications', 'services', 'instances', 'events'])
const REFUSED: ReadonlySet<number> = new Set([401, 403, 429])
const PATH_LENGTH_MAX = 200

/**
 * What the audit log says about a request: logins, refusals, and every change of accounts, machines and settings; nothing for
 * others. Bodies and queries are never in it, for they may hold secrets.
 */
export function auditOf(request: AnsweredRequest): NewAuditEntry | undefined {
  const { method, route, status, actor, loginName, failure, address, requestId } = request
  if (!isOfInterest(request)) return undefined
  const name = actor?.name ?? loginName
  return {
    action: route === LOGIN_ROUTE ? 'login' : `${method} ${route}`,
    outcome: outcomeOf(request),
    ...(actor && { userId: actor.userId }),
    ...(name !== undefined && { userName: shortened(name) }),
    address,
    target: request.path.slice(0, PATH_LENGTH_MAX),
    status,
    ...(failure && { code: failure.code, reason: reasonOf(failure) }),
    requestId,
  }
}

function isOfInterest({ method, route, tag, status }: AnsweredRequest): boolean {
  if (route === LOGIN_ROUTE || REFUSED.has(status)) return true
  const isChange = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
  return isChange && !TOLD_BY_EVENTS.has(tag) && (status < 400 || status >= 500)
}

function outcomeOf({ status }: AnsweredRequest): NewAuditEntry['outcome'] {
  if (status < 400) return 'done'
  return status < 500 ? 'refused' : 'failed'
}

/** Texts of unexpected failures may hold anything, and stay in the log of root. */
function reasonOf({ code, message }: OakError): string {
  return code === 'internal' ? 'it failed inside' : shortened(message)
}
