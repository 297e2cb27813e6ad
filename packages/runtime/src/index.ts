export type { LogEntry, LogKeeper, LogQuery } from './logs.ts'
export type { ImageProgress, Mount, Runtime, Workload, WorkloadSpec, WorkloadState } from './runtime.ts'
