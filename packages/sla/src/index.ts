export type * from './descriptor.ts'
