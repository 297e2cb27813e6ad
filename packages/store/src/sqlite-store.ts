import { type Logger, OakError } from '@oakestra/base'
import { Documents } from './documents.ts'
import type { Database } from './driver.ts'
import { TurnWatch } from './one-turn.ts'
import type { CollectionTable } from './schema.ts'
import { Section } from './section.ts'
import { SectionQueue, type Waiting } from './section-queue.ts'
import { toStorageError } from './sqlite-errors.ts'
import type { Change, Reader, Store, Writer } from './store.ts'
import { Transaction } from './transaction.ts'

type Task = { readonly kind: 'read' | 'write'; readonly run: (section: Section) => Promise<unknown> }

/** A write section that ran well and waits for its commit. */
interface Done {
  readonly waiting: Waiting<Task>
  readonly value: unknown
  readonly changes: ReadonlyMap<string, Change>
}

/** Write sections that share a commit, and sections between two turns of the event loop: some ms of work. */
const GROUP_MAX = 64

/**
 * Runs sections one after the other on one connection. SQLite answers synchronously, so a section never leaves
 * the event loop's current turn and there is nothing to gain from running two at once. Writes that queue up
 * behind each other share one commit, and thus one wait for the disk; each still fails alone.
 */
export class SqliteStore implements Store {
  readonly #database: Database
  readonly #file: string
  readonly #logger: Logger
  readonly #documents: Documents
  readonly #transaction: Transaction
  readonly #turns = new TurnWatch()
  readonly #queue = new SectionQueue<Task>()
  readonly #listeners = new Set<(changes: readonly Change[]) => void>()
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(database: Database, file: string, tables: readonly CollectionTable[], logger: Logger) {
    this.#database = database
    this.#file = file
    this.#logger = logger
    this.#transaction = new Transaction(database)
    this.#documents = new Documents(database, tables, () => this.#transaction.beforeChange())
  }

  read<T>(section: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#add('read', section)
  }

  write<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#add('write', section)
  }

  onCommit(listener: (changes: readonly Change[]) => void): () => void {
    // Wrapped, so that the same function may listen twice and each of the two can leave.
    const own = (changes: readonly Change[]) => listener(changes)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#draining
    try {
      // Leaves everything in one file, so that a copy of it is a backup.
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (err) {
      this.#logger.warn('the store was closed without merging its log; this happens at the next start', { err, file: this.#file })
    } finally {
      this.#database.close()
    }
  }

  #add<T>(kind: Task['kind'], run: (section: Section) => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new OakError('unavailable', `the store ${this.#file} is closed`, { retryable: false }))
    const result = this.#queue.add<T>({ kind, run })
    this.#draining ??= this.#drain()
    return result
  }

  /** Works until nobody waits. Never rejects: every failure belongs to a section. */
  async #drain(): Promise<void> {
    let sinceTurn = 0
    for (let kind = this.#queue.peek()?.kind; kind; kind = this.#queue.peek()?.kind) {
      sinceTurn += kind === 'read' ? await this.#runRead() : await this.#runWrites()
      if (sinceTurn < GROUP_MAX) continue
      // Sockets and timers get their turn even while sections keep coming.
      await new Promise((resolve) => setImmediate(resolve))
      sinceTurn = 0
    }
    // In the same breath as the last look at the queue: a section added from now on starts the next run.
    this.#draining = undefined
  }

  /** Without a transaction: nobody else writes to the file, and nothing of this store runs beside a section. */
  async #runRead(): Promise<number> {
    const waiting = this.#queue.take()
    if (!waiting) return 0
    try {
      waiting.resolve((await this.#runSection(waiting.section)).value)
    } catch (thrown) {
      waiting.reject(toStorageError(thrown, this.#file))
    }
    return 1
  }

  async #runWrites(): Promise<number> {
    const done: Done[] = []
    let count = 0
    for (; count < GROUP_MAX && this.#queue.peek()?.kind === 'write'; count += 1) {
      const waiting = this.#queue.take()
      if (waiting) await this.#runWrite(waiting, done)
    }
    this.#commit(done)
    return count
  }

  /** Runs one write inside the group's transaction; adds it to `done` when it ran well. */
  async #runWrite(waiting: Waiting<Task>, done: Done[]): Promise<void> {
    try {
      const { value, changes } = await this.#runSection(waiting.section)
      this.#transaction.keepSection()
      done.push({ waiting, value, changes })
    } catch (thrown) {
      const reason = toStorageError(thrown, this.#file)
      this.#undoSection(reason, done)
      waiting.reject(reason)
    }
  }

  async #runSection(task: Task): Promise<{ readonly value: unknown; readonly changes: ReadonlyMap<string, Change> }> {
    const section = new Section(this.#documents)
    try {
      const value = await this.#turns.within(task.run(section))
      section.throwIfFaulty()
      return { value, changes: section.end() }
    } finally {
      section.end()
    }
  }

  /** Takes back one section. When even that fails, or SQLite gave up the transaction, the group before it is lost too. */
  #undoSection(reason: unknown, done: Done[]): void {
    this.#documents.takenBack()
    let isGroupKept = false
    try {
      isGroupKept = this.#transaction.takeBackSection()
    } catch (err) {
      this.#warnOfRollback(err)
    }
    if (!isGroupKept) for (const { waiting } of done.splice(0)) waiting.reject(reason)
  }

  #commit(done: readonly Done[]): void {
    try {
      this.#transaction.commit()
    } catch (thrown) {
      this.#documents.takenBack()
      this.#rollback()
      const reason = toStorageError(thrown, this.#file)
      for (const { waiting } of done) waiting.reject(reason)
      return
    }
    this.#announce(done)
    for (const { waiting, value } of done) waiting.resolve(value)
  }

  #announce(done: readonly Done[]): void {
    const merged = new Map<string, Change>()
    for (const { changes: own } of done) for (const [name, change] of own) merged.set(name, change)
    if (merged.size === 0) return
    const changes = [...merged.values()]
    for (const listener of this.#listeners) {
      try {
        listener(changes)
      } catch (err) {
        this.#logger.error('a listener of the store failed', { err, file: this.#file })
      }
    }
  }

  #rollback(): void {
    try {
      this.#transaction.takeBack()
    } catch (err) {
      this.#warnOfRollback(err)
    }
  }

  #warnOfRollback(err: unknown): void {
    this.#logger.warn('a transaction could not be rolled back', { err, file: this.#file })
  }
}
