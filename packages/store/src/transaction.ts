import type { Database, Statement } from './driver.ts'

/**
 * The transaction that a group of sections shares, with a point to go back to for the one that runs. Both are opened by the first change:
 * sections that only look, or put what is there already, cost the database nothing.
 */
export class Transaction {
  readonly #database: Database
  readonly #savepoint: Statement
  readonly #release: Statement
  #isBegun = false
  #isSectionBegun = false

  constructor(database: Database) {
    this.#database = database
    this.#savepoint = database.prepare('SAVEPOINT section')
    this.#release = database.prepare('RELEASE section')
  }

  /** To be called before each statement that may change something. */
  beforeChange(): void {
    if (this.#isSectionBegun) return
    if (!this.#isBegun) this.#database.exec('BEGIN IMMEDIATE')
    this.#isBegun = true
    this.#savepoint.run()
    this.#isSectionBegun = true
  }

  /** The section that ran is kept, if its group is. */
  keepSection(): void {
    if (this.#isSectionBegun) this.#release.run()
    this.#isSectionBegun = false
  }

  /** Takes back the section that ran. False when SQLite had given up everything, or does now: the group before it is lost too. */
  takeBackSection(): boolean {
    const isSectionBegun = this.#isSectionBegun
    this.#isSectionBegun = false
    if (!this.#isBegun) return true
    try {
      if (this.#database.isTransaction) {
        if (isSectionBegun) this.#database.exec('ROLLBACK TO section; RELEASE section')
        return true
      }
    } catch {
      // What cannot be taken back in part is taken back as a whole.
    }
    this.takeBack()
    return false
  }

  commit(): void {
    if (this.#isBegun) this.#database.exec('COMMIT')
    this.#isBegun = false
  }

  /** Takes back everything since the last commit. @throws Error from SQLite; it has taken it back nevertheless, or will when it is closed */
  takeBack(): void {
    this.#isBegun = false
    this.#isSectionBegun = false
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }
}
