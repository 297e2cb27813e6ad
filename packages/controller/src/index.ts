export { type ControllerOptions, createController } from './controller.ts'
export { controllerMetrics } from './controller-metrics.ts'
export type { Controller, ControllerStatus, KeyStatus, Outcome, Reconciler } from './reconciler.ts'
