import type { Reader } from '@oakestra/store'
import { type AuditEntry, auditEntries } from './audit.ts'

export interface AuditFilter {
  readonly userName: string | undefined
  /** How the action begins. */
  readonly action: string | undefined
  readonly outcome: AuditEntry['outcome'] | undefined
}

export interface AuditRange {
  readonly limit: number
  readonly fromId: string
  readonly beforeId?: string
}

/** Read at a time, and looked at for one page: the log is a few times as long. */
const BATCH = 200
const LOOKED_AT_MAX = 10_000

/** A page of the log, the newest first. One that found less than was asked for says where to go on. */
export async function listAudit(
  reader: Reader,
  filter: AuditFilter,
  range: AuditRange,
): Promise<{ readonly entries: readonly AuditEntry[]; readonly nextBeforeId?: string }> {
  const entries: AuditEntry[] = []
  let { beforeId } = range
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX; lookedAt += BATCH) {
    const behind = beforeId === undefined ? {} : { greaterThan: -Number(beforeId) }
    const batch = await reader.list(auditEntries, { index: 'newest', limit: BATCH, ...behind })
    for (const entry of batch) {
      if (entry.id < range.fromId) return { entries }
      beforeId = entry.id
      if (isWanted(filter, entry)) entries.push(entry)
      if (entries.length === range.limit) return { entries, nextBeforeId: entry.id }
    }
    if (batch.length < BATCH) return { entries }
  }
  return { entries, ...(beforeId !== undefined && { nextBeforeId: beforeId }) }
}

function isWanted({ userName, action, outcome }: AuditFilter, entry: AuditEntry): boolean {
  return (
    (userName === undefined || entry.userName === userName) &&
    (action === undefined || entry.action.startsWith(action)) &&
    (outcome === undefined || entry.outcome === outcome)
  )
}
