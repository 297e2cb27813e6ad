export type { Change, Collection, Query, Reader, Store, Writer } from './store.ts'
