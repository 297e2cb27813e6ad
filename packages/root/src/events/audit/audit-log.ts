import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Store, Writer } from '@oakestra/store'
import { eventId, NUMBERS_PER_MS } from '../events.ts'
import { type AuditEntry, auditEntries } from './audit.ts'

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'timeMs'>

/** Entries of a moment share a transaction: somebody who is refused a hundred times a second must not keep the disk busy. */
const GATHER_MS = 250
/** What may wait for a disk that is slow; what comes then is counted in the log only. */
const WAITING_MAX = 1_000
/** Some 10 MB; at a hundred entries a day more than a year. */
const KEPT_MAX = 40_000

type Waiting = Omit<AuditEntry, 'id'>

export interface AuditLogDeps {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
}

/** Writes the audit log. Nobody waits for it: an entry is on the disk a moment after its request was answered. */
export class AuditLog {
  readonly #deps: AuditLogDeps
  readonly #waiting: Waiting[] = []
  #timer: Timer | undefined

  constructor(deps: AuditLogDeps) {
    this.#deps = deps
  }

  note(entry: NewAuditEntry): void {
    const { clock, logger } = this.#deps
    if (this.#waiting.length >= WAITING_MAX) {
      logger.warn('an entry of the audit log is lost: the store is too slow', { ...entry })
      return
    }
    this.#waiting.push({ timeMs: clock.wallMs(), ...entry })
    this.#timer ??= clock.after(GATHER_MS, () => void this.flush())
  }

  /** Writes what waits. Never rejects: what cannot be written is in the log of root at least. */
  async flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    const entries = this.#waiting.splice(0)
    if (entries.length === 0) return
    try {
      await this.#deps.store.write((writer) => write(writer, entries))
    } catch (thrown) {
      this.#deps.logger.warn('entries of the audit log are lost', { entries: entries.length, err: toOakError(thrown).message })
    }
  }
}

/** Numbered here and not before: what is in the store decides, whatever the clock did while root was away. */
async function write(writer: Writer, entries: readonly Waiting[]): Promise<void> {
  const [newest] = await writer.list(auditEntries, { index: 'newest', limit: 1 })
  let number = Number(newest?.id ?? 0)
  for (const entry of entries) {
    number = Math.max(number + 1, entry.timeMs * NUMBERS_PER_MS)
    await writer.put(auditEntries, { ...entry, id: eventId(number) })
  }
  const surplus = (await writer.count(auditEntries)) - KEPT_MAX
  if (surplus <= 0) return
  for (const { id } of await writer.list(auditEntries, { limit: surplus })) await writer.remove(auditEntries, id)
}
