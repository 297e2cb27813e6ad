export { type Choice, createExternalScheduler, type ExternalScheduler, type ExternalSchedulerOptions } from './external-scheduler.ts'
