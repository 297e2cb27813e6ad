import type { Collection } from '@oakestra/store'
import type { WireAuditEntry } from '@oakestra/wire'

export type AuditEntry = Readonly<WireAuditEntry>

/** Who did what with accounts, machines and settings, and who was refused. By id, and the newest first. */
export const auditEntries: Collection<AuditEntry> = {
  name: 'audit',
  key: (entry) => entry.id,
  indexes: { newest: ({ id }) => -Number(id) },
}
