export type { Migration } from './migrations.ts'
export { openSqliteStore, type SqliteOptions } from './sqlite.ts'
export type { Change, Collection, Query, Reader, Store, Writer } from './store.ts'
